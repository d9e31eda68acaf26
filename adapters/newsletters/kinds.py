"""Which newsletter platforms there are."""

from collections.abc import Callable, Mapping

from adapters.newsletters.beehiiv import Beehiiv
from adapters.newsletters.hubspot import HubSpot
from adapters.newsletters.kit import Kit
from adapters.newsletters.mailchimp import Mailchimp
from adapters.newsletters.platforms import Account, Platform

KINDS: Mapping[str, Callable[[Account], Platform]] = {
    "mailchimp": Mailchimp,
    "hubspot": HubSpot,
    "beehiiv": Beehiiv,
    "kit": Kit,
}


def connect(kind: str, account: Account) -> Platform:
    """Raises KeyError if there is no platform of this kind."""
    return KINDS[kind](account)
