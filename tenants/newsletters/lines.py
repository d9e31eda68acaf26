"""From a connection's row to its platform: the key, and the pace at which we speak."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from adapters.named_keys import read_key
from adapters.newsletters.kinds import connect
from adapters.newsletters.platforms import Account, Platform
from tenants.newsletters.rows import NewsletterConnection


class Pace:
    """Turns at one platform, for the one worker who speaks to it."""

    def __init__(self, connection: NewsletterConnection, renew: Callable[[], None]) -> None:
        self.between = timedelta(minutes=1) / max(1, connection.per_minute)
        self.next_at: datetime = connection.next_call_at or timezone.now()
        self.renew = renew

    def take_turn(self) -> None:
        """Wait until the next request may be sent. Raises LeaseLost if another worker may be
        speaking by now."""
        wait = (self.next_at - timezone.now()).total_seconds()
        if wait > 0:
            time.sleep(min(wait, self.between.total_seconds()))
        self.renew()
        self.next_at = timezone.now() + self.between


def line_of(connection: NewsletterConnection, take_turn: Callable[[], None]) -> Platform:
    """Raises NotThere if the key is nowhere, TryLater, or Refused."""
    account = Account(
        key=read_key(connection.key_name),
        audience=connection.audience,
        address=settings.NEWSLETTER_ADDRESSES.get(connection.kind, ""),
        confirms=connection.confirms,
        before_call=take_turn,
    )
    return connect(connection.kind, account)
