"""How much of its quota a customer has used in a period, key by key."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone

from adapters.definitions import definition
from tenants.access import access_of
from tenants.models import ApiKey, Tenant, UsageDay
from tenants.usage.quota_periods import Kind, Period, period_of

ENDED = (ApiKey.State.WITHDRAWN, ApiKey.State.GONE)


@dataclass(frozen=True, slots=True)
class Quota:
    """What the tier allows each key in one period."""

    tier: str
    kind: Kind
    limit: int

    def period_at(self, day: date) -> Period:
        return period_of(day, self.kind)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One key in one period. Its percentage is rounded down: 100 means that nothing is left."""

    key: ApiKey
    used: int
    limit: int

    @property
    def percent(self) -> int:
        return 100 * self.used // self.limit if self.limit else 100

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


def quota_of(tier: str) -> Quota | None:
    """Return the quota of a tier, if it has one."""
    quota: dict[str, Any] | None = definition("tiers")[tier].get("quota")
    return Quota(tier, quota["period"], quota["limit"]) if quota else None


def quota_now(tenant: Tenant, now: datetime | None = None) -> Quota | None:
    now = now or timezone.now()
    return quota_of(access_of(tenant, tenant.grants.all(), now).tier)


def uses_of(tenant: Tenant, quota: Quota, *, now: datetime) -> list[KeyUse]:
    """Return what the live keys have used in the period that is running, the fullest first.

    The gateway gives each key a quota of its own, and another one on each tier's plan: a key that
    was moved starts with what its new plan allows.
    """
    period = quota.period_at(now.astimezone(UTC).date())
    rows = tenant.usage_days.filter(day__gte=period.first, day__lte=period.last)
    return uses_in(rows, tenant.keys.all(), quota)


def uses_in(rows: Iterable[UsageDay], keys: Iterable[ApiKey], quota: Quota) -> list[KeyUse]:
    """The same from rows that are at hand."""
    used: Counter[str] = Counter()
    for row in rows:
        used[row.api_key_id] += row.used_on(quota.tier)
    live = [key for key in keys if key.key_id and key.state not in ENDED]
    uses = [KeyUse(key, used[key.key_id], quota.limit) for key in live]
    return sorted(uses, key=lambda use: -use.used)
