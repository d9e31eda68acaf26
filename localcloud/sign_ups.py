"""Strangers who sign themselves up, as Cognito has them: a code by mail, which has to match.

moto confirms whatever code it is given, knows no second code, and calls no function afterwards.
https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
"""

import secrets
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.cognitoidp.exceptions import (
    ExpiredCodeException,
    InvalidParameterException,
    NotAuthorizedError,
    ResourceNotFoundError,
)
from moto.cognitoidp.models import CognitoIdpBackend, UserStatus
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.cognitoidp.utils import check_secret_hash
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult

from localcloud.corrections import Corrections
from localcloud.mail_returns import Sent
from localcloud.mailbox import MAILBOX, Mail
from localcloud.triggers import confirmed

corrections = Corrections()

# https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html (validity of a code)
LIFETIME_SECONDS = 24 * 3600
# AWS names no number; it answers so after a handful of wrong codes.
MOST_WRONG = 5
# Cognito's own sender; a stage names an address of SES (infra/identity.yaml).
_SENDER = "no-reply@verificationemail.com"
_WRONG = "Invalid verification code provided, please try again."
_OVER = "Invalid code provided, please request a code again."


@dataclass
class Code:
    digits: str
    sent_at: float
    wrong: int = 0


@corrections.of(CognitoIdpResponse, "sign_up")
def answer_sign_up(stock: Any, response: Any) -> Any:
    _asked(response)
    return stock(response)


@corrections.of(CognitoIdpBackend)
def sign_up(
    stock: Any, backend: Any, client_id: str, username: str, password: str, attributes: Any
) -> Any:
    pool, _client = _pool_and_client(backend, client_id)
    # moto sends no code where forgotten passwords are staff's business, and fails half-way.
    recovery = pool.extended_config.pop("AccountRecoverySetting", None)
    try:
        user, _told = stock(backend, client_id, username, password, attributes)
    finally:
        if recovery is not None:
            pool.extended_config["AccountRecoverySetting"] = recovery
    _send_code(pool, user)
    return user, _delivery(user)


@corrections.of(CognitoIdpResponse)
def confirm_sign_up(stock: Any, response: Any) -> Any:
    """Who does not exist gets the answer of an old code where the client hides who exists.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
    """
    pool, client, user = _asked(response)
    if user is None:
        raise _unknown(client, ExpiredCodeException(_OVER))
    if user.status is not UserStatus.UNCONFIRMED:
        raise NotAuthorizedError(f"User cannot be confirmed. Current status is {user.status.value}")
    _require_code(user, response._get_param("ConfirmationCode") or "")
    _confirm(pool, user, client.id)
    return EmptyResult()


@corrections.of(CognitoIdpResponse)
def resend_confirmation_code(stock: Any, response: Any) -> Any:
    """Send another code, which alone counts from now on."""
    pool, client, user = _asked(response)
    if user is None:
        if _hides(client):
            return ActionResult({"CodeDeliveryDetails": _details(response._get_param("Username"))})
        raise _unknown(client)
    if user.status is not UserStatus.UNCONFIRMED:
        raise InvalidParameterException("User is already confirmed.")
    _send_code(pool, user)
    return ActionResult({"CodeDeliveryDetails": _delivery(user)})


@corrections.of(CognitoIdpBackend)
def admin_confirm_sign_up(stock: Any, backend: Any, user_pool_id: str, username: str) -> str:
    """Staff may confirm without a code; the address stays unproven."""
    pool = backend.describe_user_pool(user_pool_id)
    user = backend.admin_get_user(user_pool_id, username)
    if user.status is not UserStatus.UNCONFIRMED:
        raise NotAuthorizedError(f"User cannot be confirmed. Current status is {user.status.value}")
    user.status = UserStatus.CONFIRMED
    confirmed(pool, user, client_id="CLIENT_ID_NOT_APPLICABLE")
    return ""


def _confirm(pool: Any, user: Any, client_id: str) -> None:
    user.status = UserStatus.CONFIRMED
    user.update_attributes([{"Name": "email_verified", "Value": "true"}])
    user.sign_up_code = None
    confirmed(pool, user, client_id=client_id)


def _require_code(user: Any, typed: str) -> None:
    code: Code | None = getattr(user, "sign_up_code", None)
    if code is None or time.time() > code.sent_at + LIFETIME_SECONDS:
        raise ExpiredCodeException(_OVER)
    if code.wrong >= MOST_WRONG:
        raise JsonRESTError(
            "LimitExceededException", "Attempt limit exceeded, please try after some time."
        )
    if not secrets.compare_digest(code.digits.encode(), typed.encode()):
        code.wrong += 1
        raise JsonRESTError("CodeMismatchException", _WRONG)


def _send_code(pool: Any, user: Any) -> None:
    digits = f"{secrets.randbelow(1_000_000):06d}"
    user.sign_up_code = Code(digits, time.time())
    subject, text = _message(pool)
    mail = Mail(
        to=user.attribute_lookup["email"],
        subject=subject.replace("{####}", digits),
        text=text.replace("{####}", digits),
        html="",
        sent_at=datetime.now(UTC).isoformat(),
    )
    MAILBOX.receive([mail], [Sent(str(uuid.uuid4()), _SENDER, mail.to)])


def _message(pool: Any) -> tuple[str, str]:
    template = pool.extended_config.get("VerificationMessageTemplate") or {}
    return (
        template.get("EmailSubject", "Your verification code"),
        template.get("EmailMessage", "Your confirmation code is {####}"),
    )


def _asked(response: Any) -> tuple[Any, Any, Any]:
    """Return pool, client and user of a call that anybody may make."""
    client_id = response._get_param("ClientId")
    backend = response._get_region_agnostic_backend()._find_backend_for_clientid(client_id)
    pool, client = _pool_and_client(backend, client_id)
    username = response._get_param("Username")
    _require_secret(client, username, response._get_param("SecretHash"))
    return pool, client, pool._get_user(username)


def _require_secret(client: Any, username: str, secret_hash: str | None) -> None:
    """A client with a secret proves it with each call.

    https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash
    """
    if not client.generate_secret:
        return
    if not secret_hash:
        raise NotAuthorizedError(
            f"Client {client.id} is configured with secret but SECRET_HASH was not received"
        )
    if not check_secret_hash(client.secret, client.id, username, secret_hash):
        raise NotAuthorizedError(f"SecretHash does not match for the client: {client.id}")


def _pool_and_client(backend: Any, client_id: str) -> tuple[Any, Any]:
    for pool in backend.user_pools.values():
        if client_id in pool.clients:
            return pool, pool.clients[client_id]
    raise ResourceNotFoundError(f"User pool client {client_id} does not exist.")


def _hides(client: Any) -> bool:
    return bool(client.extended_config.get("PreventUserExistenceErrors") == "ENABLED")


def _unknown(client: Any, hidden: JsonRESTError | None = None) -> JsonRESTError:
    if hidden and _hides(client):
        return hidden
    return JsonRESTError("UserNotFoundException", "Username/client id combination not found.")


def _delivery(user: Any) -> dict[str, str]:
    return _details(user.attribute_lookup["email"])


def _details(address: str) -> dict[str, str]:
    """Where the code went, as far as Cognito tells: a***@e***."""
    name, _, domain = address.partition("@")
    masked = f"{name[:1]}***@{domain[:1]}***"
    return {"Destination": masked, "DeliveryMedium": "EMAIL", "AttributeName": "email"}
