"""What stands in the place of somebody who was erased."""

from django.conf import settings

from backoffice.audit_erasure import PSEUDONYM, pseudonym_of

# RFC 2606: nobody ever has an address there.
DOMAIN = "erased.invalid"


def stand_in(address: str) -> str:
    """Return an address that nobody has, the same for an address each time.

    Whoever is told the true one, and has the stage's secret, finds the rows by it; nothing in it
    tells who it was. The audit trail has the same pseudonym.
    """
    return f"{pseudonym_of(address)}@{DOMAIN}"


def stand_ins(address: str) -> list[str]:
    """Return it as the stage's key makes it, and as each former key of SECRET_KEY_FALLBACKS did."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [f"{pseudonym_of(address, key)}@{DOMAIN}" for key in keys]


def is_erased(address: str) -> bool:
    return address.startswith(PSEUDONYM) and address.endswith(f"@{DOMAIN}")
