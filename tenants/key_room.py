"""How many API keys there may still be: AWS allows 10,000 an account and Region, and never more.

SQL counts ours at any time. What the gateway has, other stages' keys included, is counted once a
day and kept, because it takes a call for each 500 keys.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from adapters import usage_plans
from adapters.definitions import definition
from tenants import turns
from tenants.models import ApiKey, KeyCensus

log = logging.getLogger(__name__)

COUNTED_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Room:
    """`in_gateway` is what the gateway had when it was counted last, None before the first time."""

    ours: int
    in_gateway: int | None
    counted_at: datetime | None
    most: int
    alarm_at: int

    @property
    def taken(self) -> int:
        """The higher of both: neither hides what the other sees."""
        return max(self.ours, self.in_gateway or 0)

    @property
    def is_tight(self) -> bool:
        return self.taken >= self.alarm_at


def room() -> Room:
    """Return how it stands, in two queries and without asking AWS."""
    limits = definition("control_plane")["apigateway"]["api keys"]
    census = KeyCensus.objects.first()
    return Room(
        ours=ApiKey.objects.exclude(state=ApiKey.State.GONE).order_by().count(),
        in_gateway=census.in_gateway if census else None,
        counted_at=census.counted_at if census else None,
        most=limits["most"],
        alarm_at=limits["most"] * limits["alarm_percent"] // 100,
    )


def count_keys() -> int:
    """Count what the gateway has, if that is due. The line in the log is what a metric reads."""
    now = timezone.now()
    if KeyCensus.objects.filter(counted_at__gt=now - COUNTED_EVERY).exists():
        return 0
    in_gateway, calls = usage_plans.count_keys()
    turns.charge(calls)
    KeyCensus.objects.create(in_gateway=in_gateway)
    KeyCensus.objects.filter(counted_at__lt=now - 90 * COUNTED_EVERY).delete()
    found = room()
    say = log.warning if found.is_tight else log.info
    said = "metric api_keys: %d in the gateway, %d of ours, of %d that AWS allows"
    say(said, in_gateway, found.ours, found.most)
    return 1
