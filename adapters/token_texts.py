"""The three parts of a signed token (RFC 7515, compact), read so strictly that no two texts are
the same token. Nothing of it is believed here."""

import json
from dataclasses import dataclass
from typing import Any

from adapters.base64url import NotBase64, decoded

# Headers of a call have 10,240 bytes at API Gateway, all together.
MOST_CHARACTERS = 10_240


class NoToken(ValueError):
    """Not a token, whatever it says. The text is not quoted."""


@dataclass(frozen=True, slots=True)
class TokenText:
    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def read_token(text: str) -> TokenText:
    """Raises NoToken."""
    parts = text.split(".", 3) if len(text) <= MOST_CHARACTERS else []
    if len(parts) != 3:
        raise NoToken
    try:
        header, claims, signature = (decoded(part) for part in parts)
        return TokenText(
            _object(header), _object(claims), f"{parts[0]}.{parts[1]}".encode(), signature
        )
    except (NotBase64, UnicodeError, ValueError, RecursionError) as error:
        raise NoToken from error


def _object(content: bytes) -> dict[str, Any]:
    found = json.loads(content.decode("utf-8"), object_pairs_hook=_without_repeats)
    if not isinstance(found, dict):
        raise NoToken
    return found


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that comes twice: two readers could each believe another one of them."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NoToken
    return found
