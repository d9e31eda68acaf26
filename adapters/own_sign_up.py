"""Signing oneself up at the user pool: Cognito mails a code, and who has it owns the address."""

from contextlib import suppress

from adapters.aws import client, speaking_to
from adapters.user_pool import unknown_password


class CodeWrong(Exception):
    """Not the code, an old one, or too many were tried. Cognito says which; nobody else does."""


class NothingToConfirm(Exception):
    """The person is confirmed already."""


def sign_up(client_id: str, email: str) -> str:
    """Make a user whom Cognito mails a code; return their id.

    Nobody knows their password: the person chooses one once their account is there. Raises
    AlreadyThere where the address has a user, confirmed or not, TryLater or Refused.
    """
    with speaking_to("cognito-idp"):
        answer = client("cognito-idp").sign_up(
            ClientId=client_id, Username=email, Password=unknown_password()
        )
    return str(answer["UserSub"])


def send_another_code(client_id: str, email: str) -> None:
    """The codes before it count no longer. Whoever is confirmed gets none."""
    cognito = client("cognito-idp")
    with speaking_to("cognito-idp"), suppress(cognito.exceptions.InvalidParameterException):
        cognito.resend_confirmation_code(ClientId=client_id, Username=email)


def confirm(client_id: str, email: str, code: str) -> None:
    """Raises CodeWrong, NothingToConfirm or TryLater.

    A trigger that failed changes nothing of the confirmation: Cognito looks at the code first.
    """
    cognito = client("cognito-idp")
    errors = cognito.exceptions
    with speaking_to("cognito-idp"):
        try:
            cognito.confirm_sign_up(ClientId=client_id, Username=email, ConfirmationCode=code)
        except (
            errors.CodeMismatchException,
            errors.ExpiredCodeException,
            errors.LimitExceededException,
            errors.TooManyFailedAttemptsException,
            errors.InvalidParameterException,
        ) as error:
            raise CodeWrong from error
        except errors.NotAuthorizedException as error:
            raise NothingToConfirm from error
        except (
            errors.UserLambdaValidationException,
            errors.UnexpectedLambdaException,
            errors.InvalidLambdaResponseException,
        ):
            return
