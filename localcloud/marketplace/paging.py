"""Pages of a list, each with the token of the next one: good for the same question only."""

import base64
import hashlib
import json
from typing import Any

_NOT_ASKED = {"NextToken", "nextToken", "MaxResults", "maxResults"}


class TokenUnknown(Exception):
    """No answer to this question had this token."""


def page_of(
    items: list[Any], request: dict[str, Any], *, size: int, token: str | None
) -> tuple[list[Any], str | None]:
    """Return a page, and the token of the next one if there is one. Raises TokenUnknown."""
    start = start_of(request, token)
    end = start + size
    return items[start:end], token_at(request, end) if end < len(items) else None


def token_at(request: dict[str, Any], place: int) -> str:
    return base64.urlsafe_b64encode(f"{place}.{_question(request)}".encode()).decode()


def start_of(request: dict[str, Any], token: str | None) -> int:
    """Raises TokenUnknown."""
    if not token:
        return 0
    try:
        place, _, question = base64.urlsafe_b64decode(token).decode().partition(".")
        start = int(place)
    except ValueError as error:
        raise TokenUnknown from error
    if question != _question(request) or start < 0:
        raise TokenUnknown
    return start


def _question(request: dict[str, Any]) -> str:
    asked = {name: value for name, value in request.items() if name not in _NOT_ASKED}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
