"""Authenticator apps as Cognito checks them: a secret for each person, and RFC 6238.

moto knows one constant secret for everybody.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html
"""

import base64
import hashlib
import hmac
import secrets
import struct
import time
from typing import Any

from moto.cognitoidp.exceptions import ExpiredCodeException, NotAuthorizedError
from moto.cognitoidp.models import CognitoIdpBackend
from moto.core.exceptions import JsonRESTError

from localcloud.corrections import Corrections

corrections = Corrections()

PERIOD = 30
# One period before and after: clocks differ, and typing takes its time (RFC 6238, 5.2).
_TOLERANCE = (-1, 0, 1)


@corrections.of(CognitoIdpBackend)
def associate_software_token(
    stock: Any, backend: Any, access_token: str, session: str
) -> dict[str, str]:
    """Draw a secret. It counts once a code of it was verified; the old one counts until then."""
    user, pool = _user_of(backend, access_token, session)
    if not (pool.token_mfa_config or {}).get("Enabled"):
        raise JsonRESTError("SoftwareTokenMFANotFoundException", "Software token MFA is off.")
    user.totp_waiting = base64.b32encode(secrets.token_bytes(32)).decode().rstrip("=")
    return {"SecretCode": user.totp_waiting} | ({"Session": session} if session else {})


@corrections.of(CognitoIdpBackend)
def verify_software_token(
    stock: Any,
    backend: Any,
    access_token: str,
    session: str,
    user_code: str,
    friendly_device_name: str,
) -> dict[str, str]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifySoftwareToken.html"""
    user, _pool = _user_of(backend, access_token, session)
    secret = getattr(user, "totp_waiting", "")
    step = _matching_step(secret, user_code) if secret else None
    if step is None:
        why = "Code mismatch and fail enable Software Token MFA"
        raise JsonRESTError("EnableSoftwareTokenMFAException", why)
    user.totp_secret, user.totp_waiting, user.totp_step = secret, "", step
    user.token_verified = True
    return {"Status": "SUCCESS"} | ({"Session": session} if session else {})


def require_code(user: Any, code: str) -> None:
    """Raise what Cognito answers to a wrong code, or to one that was good before."""
    step = _matching_step(getattr(user, "totp_secret", ""), code)
    if step is None:
        raise JsonRESTError("CodeMismatchException", "Invalid code received for user")
    if step <= user.totp_step:
        raise ExpiredCodeException("Your software token has already been used once.")
    user.totp_step = step


def code_at(secret: str, step: int) -> str:
    """Return the six digits of a secret in base 32 at a step of 30 seconds since 1970."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    mac = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    start = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def _matching_step(secret: str, code: str) -> int | None:
    now = int(time.time()) // PERIOD
    steps = [now + away for away in _TOLERANCE]
    return next((step for step in steps if secret and code_at(secret, step) == code), None)


def _user_of(backend: Any, access_token: str, session: str) -> tuple[Any, Any]:
    if session in backend.sessions:
        username, pool = backend.sessions[session]
        return pool._get_user(username), pool
    for pool in backend.user_pools.values():
        if access_token in pool.access_tokens:
            return pool._get_user(pool.access_tokens[access_token][1]), pool
    raise NotAuthorizedError("Invalid Access Token")
