"""Base64 as tokens and key sets have it (RFC 7515, 2): one spelling for each content."""

import base64
import re

_WORD = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


class NotBase64(ValueError):
    """Another symbol, padding, a length that cannot be, or bits that nobody reads."""


def decoded(text: str) -> bytes:
    """Return the content. Raises NotBase64.

    Python's decoder skips what it does not know and ignores the last bits: with it, many texts
    would be the same token.
    """
    if not isinstance(text, str) or not _WORD.fullmatch(text) or len(text) % 4 == 1:
        raise NotBase64
    content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encoded(content) != text:
        raise NotBase64
    return content


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
