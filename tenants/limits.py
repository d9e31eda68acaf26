"""How often strangers may try. Counted in DynamoDB, because web workers are many.

If DynamoDB does not answer, nothing is allowed: the caller gets TryLater. Who crosses a limit is
written down for staff, once a window: tenants/limited_visitors.py.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network

from django.conf import settings

from adapters import windows
from campaigns.eligibility import unaliased
from tenants import limited_visitors
from tenants.errors import TooMany

# With 60 random bits guessing is hopeless anyway; these keep the noise and the cost down.
MOST_PER_MINUTE = {
    "check": 10,
    "sign-up": 10,
    "link": 20,
    "code": 20,
    "sign-in": 10,
    "forgotten": 5,
    "hand-over": 20,
}
MOST_REFUSALS_PER_HOUR = 30
# Each sign-up may send a mail, and an address is not always its writer's own.
MOST_PER_E_MAIL_AND_HOUR = 10
# Passwords and codes that may be tried for one account, whoever tries, until one sign-in is whole.
MOST_SIGN_INS_PER_HOUR = 20
# Requests of support that may be filed for one account, whoever files them.
MOST_REQUESTS_PER_HOUR = 5


@dataclass(frozen=True)
class Visitor:
    """Whom a window counts. `shown` is what staff may read of them."""

    pseudonym: str
    shown: str


EVERYBODY = Visitor("everybody", "everybody")


def count(what: str, address: str, now: datetime) -> None:
    """Count one try of this kind from this address. Raises TooMany beyond the limit.

    What is beyond its own limit does not count for everybody's, or one visitor could use it up.
    """
    _count(what, visitor_at(address), MOST_PER_MINUTE[what], now)
    _count("everybody", EVERYBODY, settings.STRANGERS_PER_MINUTE, now)


def count_e_mail(email: str, now: datetime) -> None:
    """Count one sign-up with this address, whoever sends it. Raises TooMany beyond the limit."""
    _count("e-mail", visitor_called(email), MOST_PER_E_MAIL_AND_HOUR, now)


def count_sign_in(email: str, now: datetime) -> None:
    """Count one password or code tried for this account. Raises TooMany beyond the limit, also
    for the right one."""
    _count("account", visitor_called(email), MOST_SIGN_INS_PER_HOUR, now)


def count_request(email: str, now: datetime) -> None:
    """Count one request of support for this account. Raises TooMany beyond the limit."""
    _count("request", visitor_called(email), MOST_REQUESTS_PER_HOUR, now)


def forget_sign_ins(email: str, now: datetime) -> None:
    """The person is in: what they mistyped on the way no longer counts."""
    length = limited_visitors.LENGTHS["account"]
    windows.forget("account", visitor_called(email).pseudonym, length=length, now=now)


def count_outcome(address: str, *, refused: bool, now: datetime) -> None:
    """Count a refused code. Raises TooMany while the address has too many of them this hour,
    also for a good code: a lock-out that lets the right answer through is none."""
    _count("refused", visitor_at(address), MOST_REFUSALS_PER_HOUR, now, by=1 if refused else 0)


def visitor_at(address: str) -> Visitor:
    """Return who is at an IP address. A household has a /64 of IPv6 addresses to choose from, so
    all of it counts as one. Raises ValueError for what is no address."""
    parsed = ip_address(address)
    if parsed.version == 6:
        network = ip_network(f"{parsed}/64", strict=False)
        return Visitor(_pseudonym(str(network)), f"{':'.join(parsed.exploded.split(':')[:3])}:…")
    return Visitor(_pseudonym(str(parsed)), f"{str(parsed).rpartition('.')[0]}.…")


def visitor_called(email: str) -> Visitor:
    """Return who signs up with an e-mail address: its aliases are the same person."""
    name, _, domain = unaliased(email).rpartition("@")
    return Visitor(_pseudonym(f"{name}@{domain}"), f"{name[:1]}…@{domain}")


def _count(what: str, visitor: Visitor, most: int, now: datetime, *, by: int = 1) -> None:
    if not settings.RATE_LIMITS:
        return
    length = limited_visitors.LENGTHS[what]
    tries = windows.count_in_window(what, visitor.pseudonym, length=length, now=now, by=by)
    if tries <= most:
        return
    if by and tries == most + by:
        _, end = windows.window_at(now, length)
        limited_visitors.note_crossing(
            what, visitor.pseudonym, shown=visitor.shown, now=now, until=end
        )
    raise TooMany


def _pseudonym(text: str) -> str:
    """A keyed hash: the table tells nobody where our visitors are."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
