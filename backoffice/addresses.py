"""Where a request came from, as far as we can know."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address.

    X-Forwarded-For is written by the client up to the entry that our first trusted proxy appends,
    so only the TRUSTED_PROXIES-th entry from the right is believed, and none by default. With
    fewer entries the request did not come through the proxies: its peer is all we know.
    """
    depth: int = settings.TRUSTED_PROXIES
    peer = str(request.META.get("REMOTE_ADDR", ""))
    header = request.headers.get("X-Forwarded-For", "")
    hops = [hop.strip() for hop in header.split(",")] if header else []
    if depth and len(hops) >= depth:
        peer = hops[-depth]
    try:
        return str(ip_address(peer))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - an unreadable address: all such share one limit
