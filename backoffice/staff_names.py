"""Under which name sign-in attempts are counted."""

import unicodedata
from typing import Any

from django.http import HttpRequest


def counted_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """Return one spelling for whatever was typed, so that another one is not five more tries."""
    typed = (credentials or {}).get("username")
    if typed is None and request is not None:
        typed = request.POST.get("username")
    return unicodedata.normalize("NFKC", str(typed or "")).strip().casefold()[:255]
