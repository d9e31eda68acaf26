"""The Cognito user pool: people, by address or by their Cognito id (`sub`)."""

import secrets
import string
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from adapters.aws import client, speaking_to
from adapters.errors import AlreadyThere, NotThere

# Shape of the pool's password policy (infra/identity.yaml): nobody ever sees such a password.
_PASSWORD_ALPHABET = string.ascii_letters + string.digits


# Cognito's words for a user who has proved their address, and for one who has not yet.
CONFIRMED, UNCONFIRMED = "CONFIRMED", "UNCONFIRMED"


class PasswordTooWeak(Exception):
    """The pool's policy does not accept this password."""


@dataclass(frozen=True)
class User:
    """A person as Cognito knows them. `status` is Cognito's word: CONFIRMED, RESET_REQUIRED …"""

    user_id: str
    email: str
    tenant_id: str
    status: str
    enabled: bool
    # Whether the sign-in asks for the code of an authenticator app.
    has_authenticator: bool = False


def find_user(pool_id: str, email: str) -> User | None:
    """Return the user with this address, in whatever case it was typed."""
    with speaking_to("cognito-idp"):
        try:
            answer = client("cognito-idp").admin_get_user(UserPoolId=pool_id, Username=email)
        except client("cognito-idp").exceptions.UserNotFoundException:
            return None
    return _user(answer, answer["UserAttributes"])


def create_user(pool_id: str, *, email: str, tenant_id: str) -> User:
    """Return the user with this address, making it if need be; Cognito sends no mail.

    The address counts as verified because the only way to a password is a link mailed to it.
    The user has no known password until `set_password`.
    """
    with suppress(AlreadyThere), speaking_to("cognito-idp"):
        made = client("cognito-idp").admin_create_user(
            UserPoolId=pool_id,
            Username=email,
            TemporaryPassword=unknown_password(),
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "custom:tenant_id", "Value": tenant_id},
            ],
        )["User"]
        return _user(made, made["Attributes"])
    found = find_user(pool_id, email)
    if found is None:
        raise NotThere(f"cognito-idp: {email} exists and does not exist")
    return found


def set_tenant(pool_id: str, user_id: str, tenant_id: str) -> None:
    with speaking_to("cognito-idp"):
        client("cognito-idp").admin_update_user_attributes(
            UserPoolId=pool_id,
            Username=user_id,
            UserAttributes=[{"Name": "custom:tenant_id", "Value": tenant_id}],
        )


def set_password(pool_id: str, user_id: str, password: str) -> None:
    """Set the password for good. Raises PasswordTooWeak if the pool does not accept it."""
    with speaking_to("cognito-idp"):
        try:
            client("cognito-idp").admin_set_user_password(
                UserPoolId=pool_id, Username=user_id, Password=password, Permanent=True
            )
        except client("cognito-idp").exceptions.InvalidPasswordException as error:
            raise PasswordTooWeak from error
        except client("cognito-idp").exceptions.InvalidParameterException as error:
            # Cognito's pattern for a password is [\S]+: a space breaks the call, not the policy.
            if not any(symbol.isspace() for symbol in password):
                raise
            raise PasswordTooWeak from error


def sign_out(pool_id: str, user_id: str) -> None:
    """End all sessions and make the old password useless. ID tokens live on up to 60 minutes."""
    set_password(pool_id, user_id, unknown_password())
    end_sessions(pool_id, user_id)


def end_sessions(pool_id: str, user_id: str) -> None:
    """Withdraw every access and refresh token. ID tokens live on up to 60 minutes."""
    with speaking_to("cognito-idp"):
        client("cognito-idp").admin_user_global_sign_out(UserPoolId=pool_id, Username=user_id)


def forget_authenticator(pool_id: str, user_id: str) -> None:
    """Ask for no codes at the sign-in any more. The person may set up an app anew."""
    with speaking_to("cognito-idp"):
        client("cognito-idp").admin_set_user_mfa_preference(
            UserPoolId=pool_id,
            Username=user_id,
            SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False},
        )


def prove_address(pool_id: str, user_id: str) -> None:
    """Count the address as proved, which the link mailed to it will do. Whoever registered it
    without proving it chose a password: that one is made useless, and the user is confirmed."""
    sign_out(pool_id, user_id)
    with speaking_to("cognito-idp"):
        client("cognito-idp").admin_update_user_attributes(
            UserPoolId=pool_id,
            Username=user_id,
            UserAttributes=[{"Name": "email_verified", "Value": "true"}],
        )


def enable_user(pool_id: str, user_id: str) -> None:
    with speaking_to("cognito-idp"):
        client("cognito-idp").admin_enable_user(UserPoolId=pool_id, Username=user_id)


def disable_user(pool_id: str, user_id: str) -> None:
    """Refuse sign-in and refresh from now on."""
    with speaking_to("cognito-idp"):
        client("cognito-idp").admin_disable_user(UserPoolId=pool_id, Username=user_id)


def delete_user(pool_id: str, user_id: str) -> None:
    """Remove the user; one that is gone already is fine."""
    with suppress(NotThere), speaking_to("cognito-idp"):
        client("cognito-idp").admin_delete_user(UserPoolId=pool_id, Username=user_id)


def is_reachable(pool_id: str) -> bool:
    """Ask for the pool itself; raises TryLater or Refused if Cognito does not answer."""
    with speaking_to("cognito-idp"):
        client("cognito-idp").describe_user_pool(UserPoolId=pool_id)
    return True


def unknown_password() -> str:
    """Return a password that the policy accepts, and that nobody is ever told."""
    return "Aa1" + "".join(secrets.choice(_PASSWORD_ALPHABET) for _ in range(40))


def _user(answer: dict[str, Any], attributes: list[dict[str, str]]) -> User:
    values = {attribute["Name"]: attribute["Value"] for attribute in attributes}
    return User(
        user_id=values["sub"],
        email=values.get("email", ""),
        tenant_id=values.get("custom:tenant_id", ""),
        status=answer["UserStatus"],
        enabled=answer["Enabled"],
        has_authenticator="SOFTWARE_TOKEN_MFA" in answer.get("UserMFASettingList", ()),
    )
