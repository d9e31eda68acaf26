"""What a person does to their own login, with the token of a sign-in a moment ago."""

from adapters.aws import client, speaking_to
from adapters.sign_in import CodeWrong, SignedIn
from adapters.user_pool import PasswordTooWeak


def draw_secret(person: SignedIn) -> str:
    """Return a new secret for an authenticator app. It counts once `verify_secret` had a code of
    it; an app that was set up before counts until then."""
    with speaking_to("cognito-idp"):
        answer = client("cognito-idp").associate_software_token(AccessToken=person.access_token)
    return str(answer["SecretCode"])


def verify_secret(person: SignedIn, code: str) -> None:
    """Let the drawn secret count. Raises CodeWrong, after which another code may be tried."""
    exceptions = client("cognito-idp").exceptions
    with speaking_to("cognito-idp"):
        try:
            client("cognito-idp").verify_software_token(
                AccessToken=person.access_token, UserCode=code
            )
        except (
            exceptions.EnableSoftwareTokenMFAException,
            exceptions.CodeMismatchException,
        ) as error:
            raise CodeWrong from error


def ask_for_codes(person: SignedIn, *, wanted: bool) -> None:
    """Say whether the sign-in asks for a code from now on. May be repeated."""
    with speaking_to("cognito-idp"):
        client("cognito-idp").set_user_mfa_preference(
            AccessToken=person.access_token,
            SoftwareTokenMfaSettings={"Enabled": wanted, "PreferredMfa": wanted},
        )


def change_password(person: SignedIn, *, old: str, new: str) -> None:
    """Raises PasswordTooWeak, and then the old one stays."""
    exceptions = client("cognito-idp").exceptions
    with speaking_to("cognito-idp"):
        try:
            client("cognito-idp").change_password(
                AccessToken=person.access_token, PreviousPassword=old, ProposedPassword=new
            )
        except exceptions.InvalidPasswordException as error:
            raise PasswordTooWeak from error
        except exceptions.InvalidParameterException as error:
            # Cognito's pattern for a password is [\S]+: a space breaks the call, not the policy.
            if not any(symbol.isspace() for symbol in new):
                raise
            raise PasswordTooWeak from error
