"""How often strangers may try. Counted in DynamoDB, because web workers are many.

If DynamoDB does not answer, nothing is allowed: the caller gets TryLater.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings

from adapters import windows
from tenants.errors import TooMany

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

# With 60 random bits guessing is hopeless anyway; these keep the noise and the cost down.
MOST_PER_MINUTE = {"check": 10, "sign-up": 10, "link": 20}
MOST_REFUSALS_PER_HOUR = 30


def count(what: str, address: str, now: datetime) -> None:
    """Count one try of this kind from this address. Raises TooMany beyond the limit."""
    if not settings.RATE_LIMITS:
        return
    tries = windows.count_in_window(what, _pseudonym(address), length=MINUTE, now=now)
    if tries > MOST_PER_MINUTE[what]:
        raise TooMany


def count_outcome(address: str, *, refused: bool, now: datetime) -> None:
    """Count a refused code. Raises TooMany while the address has too many of them this hour,
    also for a good code: a lock-out that lets the right answer through is none."""
    if not settings.RATE_LIMITS:
        return
    refusals = windows.count_in_window(
        "refused", _pseudonym(address), length=HOUR, now=now, by=1 if refused else 0
    )
    if refusals > MOST_REFUSALS_PER_HOUR:
        raise TooMany


def _pseudonym(address: str) -> str:
    """A keyed hash: the table tells nobody where our visitors are.

    A household has a /64 of IPv6 addresses to choose from, so all of it counts as one.
    """
    parsed = ip_address(address)
    if parsed.version == 6:
        address = str(ip_network(f"{parsed}/64", strict=False))
    return hmac.new(settings.SECRET_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()[:32]
