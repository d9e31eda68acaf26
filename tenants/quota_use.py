"""How much of its quota a customer has used in a period, key by key."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone

from adapters.definitions import definition
from tenants.access import access_of
from tenants.models import ApiKey, Tenant
from tenants.quota_periods import Kind, Period, period_of

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
    used: dict[str, int] = {}
    for row in tenant.usage_days.filter(day__gte=period.first, day__lte=period.last):
        used[row.api_key_id] = used.get(row.api_key_id, 0) + row.used_on(quota.tier)
    keys = tenant.keys.exclude(state__in=ENDED).exclude(key_id="")
    uses = [KeyUse(key, used.get(key.key_id, 0), quota.limit) for key in keys]
    return sorted(uses, key=lambda use: -use.used)
