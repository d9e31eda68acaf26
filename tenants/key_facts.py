"""What people are told of a customer's keys: how each stands, its last use, its end."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.models import ApiKey, Tenant
from tenants.usage.rows import UsageDay, UsageHour

MOST_ENDED = 10
COLOURS = {
    ApiKey.State.WANTED: "info",
    ApiKey.State.LIVE: "success",
    ApiKey.State.RETIRING: "warning",
    ApiKey.State.WITHDRAWN: "default",
    ApiKey.State.GONE: "default",
}


@dataclass(frozen=True)
class KeyFacts:
    """`used_in` is the hour of the last known call; `used_on` its day, kept for longer."""

    key: ApiKey
    used_in: datetime | None = None
    used_on: date | None = None

    @property
    def name(self) -> str:
        """What recognises the key: the beginning and the last four, never the key."""
        return f"{self.key.first4}…{self.key.last4}" if self.key.last4 else _("not made yet")

    @property
    def colour(self) -> str:
        return COLOURS[ApiKey.State(self.key.state)]

    @property
    def is_over(self) -> bool:
        return self.key.ends_at is not None and self.key.ends_at <= timezone.now()


@dataclass(frozen=True)
class Keys:
    """The keys of one customer, each kind by itself."""

    wanted: KeyFacts | None
    live: KeyFacts | None
    retiring: KeyFacts | None
    ended: list[KeyFacts]
    all: list[KeyFacts]

    @property
    def current(self) -> list[KeyFacts]:
        return [facts for facts in (self.wanted, self.live, self.retiring) if facts]


def keys_of(tenant: Tenant) -> Keys:
    """Return all of it, in one query."""
    rows = tenant.keys.select_related("asked_by").annotate(
        used_in=_last(UsageHour.objects.all(), "hour"),
        used_on=_last(UsageDay.objects.all(), "day"),
    )
    facts = [KeyFacts(key, key.used_in, key.used_on) for key in rows[: MOST_ENDED + 3]]

    def the(state: str) -> KeyFacts | None:
        return next((each for each in facts if each.key.state == state), None)

    return Keys(
        wanted=the(ApiKey.State.WANTED),
        live=the(ApiKey.State.LIVE),
        retiring=the(ApiKey.State.RETIRING),
        ended=[
            each
            for each in facts
            if each.key.state in (ApiKey.State.WITHDRAWN, ApiKey.State.GONE) and each.key.last4
        ][:MOST_ENDED],
        all=facts,
    )


def _last(rows: QuerySet[Any], name: str) -> Subquery:
    """The newest of the key's rows, by the index that leads to it."""
    mine = rows.filter(tenant=OuterRef("tenant"), api_key_id=OuterRef("key_id"))
    return Subquery(mine.order_by(f"-{name}").values(name)[:1])
