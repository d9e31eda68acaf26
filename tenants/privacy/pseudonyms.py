"""What stands in the place of somebody who was erased."""

import hashlib
import hmac
import secrets

from django.conf import settings

# RFC 2606: nobody ever has an address there.
DOMAIN = "erased.invalid"
_KEYED = "erased:"


def draw() -> str:
    """Return a new address that nobody has. It says nothing of who it was."""
    return f"person-{secrets.token_hex(6)}@{DOMAIN}"


def keyed(address: str) -> str:
    """Return what recognises this address again, for whoever has the stage's secret, and does not
    tell it."""
    text = f"erased {address.casefold()}"
    found = hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256)
    return f"{_KEYED}{found.hexdigest()[:40]}"


def is_erased(address: str) -> bool:
    return address.endswith(f"@{DOMAIN}") or address.startswith(_KEYED)
