"""Signing in at the user pool as a person does: by password, then by whatever the pool asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from adapters.aws import client, speaking_to
from adapters.errors import TryLater
from adapters.token_texts import read_token
from adapters.user_pool import UNCONFIRMED, PasswordTooWeak

Kind = Literal["code", "new_password", "unknown"]

_KINDS: dict[str, Kind] = {
    "SOFTWARE_TOKEN_MFA": "code",
    "NEW_PASSWORD_REQUIRED": "new_password",
}


EXPIRED, DISABLED = "EXPIRED", "DISABLED"
_STATUSES = {
    "PasswordResetRequiredException": "RESET_REQUIRED",
    "UserNotConfirmedException": UNCONFIRMED,
}


class NotSignedIn(Exception):
    """No such person, another password, or a login that is switched off or waits for something.

    Which of them the person is not told: Cognito tells some of them whatever the password is. Staff
    are: `status` is Cognito's word for the login, or EXPIRED or DISABLED; empty where it says none.
    """

    def __init__(self, status: str = "") -> None:
        super().__init__(status)
        self.status = status


class AccessClosed(Exception):
    """The password is right, and the pool's token trigger refuses the customer."""


class CodeWrong(Exception):
    """The code of the authenticator app does not fit the time, or was used before."""


class ChallengeOver(Exception):
    """The pool has forgotten the question: it waits three minutes, and for one good answer."""


@dataclass(frozen=True)
class SignedIn:
    """Who has signed in. The token is for further calls of the same request, and is not kept."""

    user_id: str
    email: str
    access_token: str = field(repr=False)


@dataclass(frozen=True)
class Challenge:
    """What the pool asks next. `session` is good for three minutes and for this person alone."""

    kind: Kind
    username: str
    session: str = field(repr=False)


def sign_in(client_id: str, *, email: str, password: str) -> SignedIn | Challenge:
    """Raises NotSignedIn, AccessClosed or TryLater."""
    with _refusals():
        answer = client("cognito-idp").initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
    return _outcome(answer, email)


def answer_code(client_id: str, challenge: Challenge, code: str) -> SignedIn | Challenge:
    """Raises CodeWrong, after which another code may be tried; ChallengeOver; or as sign_in."""
    return _respond(client_id, challenge, "SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=code)


def answer_new_password(
    client_id: str, challenge: Challenge, password: str
) -> SignedIn | Challenge:
    """Raises PasswordTooWeak, after which another one may be tried; ChallengeOver; or as
    sign_in."""
    return _respond(client_id, challenge, "NEW_PASSWORD_REQUIRED", NEW_PASSWORD=password)


def _respond(
    client_id: str, challenge: Challenge, name: str, **answers: str
) -> SignedIn | Challenge:
    exceptions = client("cognito-idp").exceptions
    with _refusals():
        try:
            answer = client("cognito-idp").respond_to_auth_challenge(
                ClientId=client_id,
                ChallengeName=name,
                Session=challenge.session,
                ChallengeResponses={"USERNAME": challenge.username, **answers},
            )
        except (exceptions.CodeMismatchException, exceptions.ExpiredCodeException) as error:
            raise CodeWrong from error
        except exceptions.InvalidPasswordException as error:
            raise PasswordTooWeak from error
        except (exceptions.NotAuthorizedException, exceptions.ResourceNotFoundException) as error:
            raise ChallengeOver from error
    return _outcome(answer, challenge.username)


@contextmanager
def _refusals() -> Iterator[None]:
    """Translate what keeps a person out; what is wrong with the call or with AWS comes after."""
    exceptions = client("cognito-idp").exceptions
    with speaking_to("cognito-idp"):
        try:
            yield
        except (
            exceptions.NotAuthorizedException,
            exceptions.UserNotFoundException,
            exceptions.PasswordResetRequiredException,
            exceptions.UserNotConfirmedException,
        ) as error:
            raise NotSignedIn(_status_told_by(error)) from error
        except exceptions.UserLambdaValidationException as error:
            # functions/generate_token.py refuses for two reasons, and this is how they look here.
            if "suspended" in str(error):
                raise AccessClosed from error
            raise TryLater("cognito-idp: the token trigger is busy") from error
        except (
            exceptions.UnexpectedLambdaException,
            exceptions.InvalidLambdaResponseException,
        ) as error:
            raise TryLater("cognito-idp: the token trigger does not answer") from error


def _status_told_by(error: Any) -> str:
    """Cognito has no code of its own for two of them: they are told by their words."""
    code, words = error.response["Error"]["Code"], str(error)
    if code == "NotAuthorizedException":
        if "emporary password has expired" in words:
            return EXPIRED
        return DISABLED if "User is disabled" in words else ""
    return _STATUSES.get(code, "")


def _outcome(answer: dict[str, Any], username: str) -> SignedIn | Challenge:
    if name := answer.get("ChallengeName"):
        # The pool's own name of the person: an answer under an address is refused.
        known_as = answer.get("ChallengeParameters", {}).get("USER_ID_FOR_SRP", username)
        return Challenge(_KINDS.get(name, "unknown"), known_as, answer["Session"])
    result = answer["AuthenticationResult"]
    # It came from the pool by TLS in this very answer, so nobody else can have written it.
    claims = read_token(result["IdToken"]).claims
    return SignedIn(claims["sub"], claims.get("email", ""), result["AccessToken"])
