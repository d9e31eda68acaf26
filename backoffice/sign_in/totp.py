"""Time-based one-time codes (RFC 6238), as every authenticator app makes them. No Django."""

import base64
import hmac
from urllib.parse import quote, urlencode

# What apps take for granted: other values are ignored by some of them.
STEP_SECONDS = 30
DIGITS = 6
# Clocks differ, and people type slowly: the code before and the one after are taken too.
TOLERANCE = 1


def step_at(moment: float) -> int:
    return int(moment) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: bytes, code: str, moment: float) -> int | None:
    """Return the step whose code this is, near this moment, or None."""
    now = step_at(moment)
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def readable(secret: bytes) -> str:
    """Return the secret as people type it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def address_of(secret: bytes, *, account: str, issuer: str) -> str:
    """Return what the QR code says.

    https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    """
    words = urlencode({"secret": readable(secret), "issuer": issuer})
    return f"otpauth://totp/{quote(f'{issuer}:{account}')}?{words}"
