"""What a customer and staff see of a customer's usage: one period, by day, key and hour."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from adapters.definitions import definition
from tenants.models import ApiKey, Tenant, UsageDay, UsageHour, UsageLook
from tenants.usage import charts
from tenants.usage.quota_periods import Period, after, before, period_of
from tenants.usage.quota_use import KeyUse, Quota, quota_now, quota_of, uses_in, uses_of

HOURS = 48
_SUMMED = ("counted", "calls", "refused", "failed", "units")


@dataclass
class Sums:
    """`counted` is what takes of the quota; the others are what we know of these calls."""

    counted: int = 0
    calls: int = 0
    refused: int = 0
    failed: int = 0
    units: int = 0
    label: Any = ""

    def add(self, row: UsageDay | UsageHour) -> None:
        for name in _SUMMED:
            setattr(self, name, getattr(self, name) + getattr(row, name))

    @property
    def missed(self) -> int:
        return self.counted - self.calls


@dataclass
class UsageOfPeriod:
    """The rows of one period, and who they are about."""

    tenant: Tenant
    period: Period
    today: date
    rows: list[UsageDay]
    keys: dict[str, ApiKey] = field(default_factory=dict)

    @property
    def days(self) -> list[Sums]:
        """Every day until today, those without a call included."""
        sums = {day: Sums(label=day) for day in self.period.days if day <= self.today}
        for row in self.rows:
            if row.day in sums:
                sums[row.day].add(row)
        return list(sums.values())

    @property
    def by_key(self) -> list[Sums]:
        sums: dict[str, Sums] = {}
        for row in self.rows:
            name = self.keys.get(row.api_key_id, row.api_key_id)
            sums.setdefault(row.api_key_id, Sums(label=name)).add(row)
        return sorted(sums.values(), key=lambda key: -key.counted)

    @property
    def total(self) -> Sums:
        total = Sums()
        for row in self.rows:
            total.add(row)
        return total

    def used_by_day(self, api_key_id: str, tier: str) -> list[int]:
        used: Counter[date] = Counter()
        for row in self.rows:
            if row.api_key_id == api_key_id:
                used[row.day] += row.used_on(tier)
        return [used[day] for day in self.period.days if day <= self.today]


def summary_of(tenant: Tenant) -> dict[str, Any]:
    """Return what the box on the overview shows: templates/tenants/account/_usage_summary.html."""
    now = timezone.now()
    quota = quota_now(tenant, now)
    uses = uses_of(tenant, quota, now=now) if quota else []
    return _quota_facts(quota, uses, now)


def page_of(
    tenant: Tenant, *, wanted: str = "", tier: str = "", keys: Iterable[ApiKey] | None = None
) -> dict[str, Any]:
    """Return what the page of one period shows; `wanted` is any day of it, today's by default.

    Who knows the customer's tier and keys already may say them: staff, who see no hours then.
    """
    now = timezone.now()
    today = now.astimezone(UTC).date()
    quota = quota_of(tier) if tier else quota_now(tenant, now)
    kind = quota.kind if quota else "MONTH"
    began_on = tenant.created_at.astimezone(UTC).date()
    day = min(max(_day(wanted) or today, began_on), today)
    period, first, current = (period_of(each, kind) for each in (day, began_on, today))
    usage = usage_of(tenant, period, today=today, keys=keys)
    facts = {
        "usage": usage,
        "period": period,
        "is_current": period == current,
        "earlier": before(period, kind).first if period != first else None,
        "later": after(period, kind).first if period != current else None,
        "days_chart": charts.bars((day.calls, day.missed) for day in usage.days),
        "day_rows": usage.days[::-1],
        "as_of": _as_of(tenant),
        **(_recent(tenant, now) if keys is None else {}),
    }
    if quota is None or period != current:
        return facts
    uses = uses_in(usage.rows, usage.keys.values(), quota)
    used = [usage.used_by_day(use.key.key_id, quota.tier) for use in uses]
    chart = charts.lines(used, slots=len(period.days), limit=quota.limit)
    return {**facts, **_quota_facts(quota, uses, now), "quota_chart": chart}


def usage_of(
    tenant: Tenant, period: Period, *, today: date, keys: Iterable[ApiKey] | None = None
) -> UsageOfPeriod:
    rows = tenant.usage_days.filter(day__gte=period.first, day__lte=period.last)
    known = tenant.keys.exclude(key_id="") if keys is None else keys
    named = {key.key_id: key for key in known if key.key_id}
    return UsageOfPeriod(tenant, period, today, list(rows.order_by("day", "api_key_id")), named)


def _quota_facts(quota: Quota | None, uses: list[KeyUse], now: datetime) -> dict[str, Any]:
    if quota is None:
        return {"quota": None}
    return {
        "quota": quota,
        "tier": definition("tiers")[quota.tier]["label"],
        "uses": uses,
        "resets_at": quota.period_at(now.astimezone(UTC).date()).resets_at,
    }


def _recent(tenant: Tenant, now: datetime) -> dict[str, Any]:
    """The last two days by the hour: the chart has every hour, the table those with a call."""
    this_hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours = {this_hour - timedelta(hours=back): Sums() for back in reversed(range(HOURS))}
    for row in tenant.usage_hours.filter(hour__gt=this_hour - timedelta(hours=HOURS)):
        hours[row.hour].add(row)
    for at, sums in hours.items():
        sums.label = at
    busy = [sums for sums in reversed(hours.values()) if sums.counted]
    chart = charts.bars((sums.calls, sums.missed) for sums in hours.values())
    return {"hours": busy, "hours_chart": chart, "hours_from": next(iter(hours))}


def _as_of(tenant: Tenant) -> datetime | None:
    look: UsageLook | None = getattr(tenant, "usage_look", None)
    return look.looked_at if look else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
