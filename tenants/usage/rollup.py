"""Copying what our function counted: customer by customer, by the hour and by the day."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from adapters import usage
from adapters.errors import OutsideError
from adapters.usage import HourOfUsage
from tenants.models import Tenant, UsageDay, UsageHour, UsageLook
from tenants.usage import drift, quota_alerts

# A look is one read of two days of counters, and about ten statements. So many a sweep make a round
# of 10,000 customers who all called in 25 minutes where the sweep runs every 15 seconds.
MOST_LOOKS = 100
# Who did not call according to the gateway is looked at once a day all the same.
LOOK_AGAIN_AFTER = timedelta(days=1)
HOURS_KEPT = timedelta(hours=48)
# Somebody looks at the page: how old numbers may be before they are counted anew.
FRESH_FOR = timedelta(seconds=5)
_NEW_AT_ONCE = 500
_COUNTED = ("calls", "refused", "failed", "units")

# By key and by day or hour.
Sums = dict[tuple[str, Any], Counter[str]]


def copy_our_counts() -> int:
    """Look at the customers who are due, and return how many that were."""
    _begin_to_look()
    return sum(look_at(look) for look in _due(timezone.now()))


def want_looks(tenant_ids: Iterable[str]) -> None:
    UsageLook.objects.filter(pk__in=tenant_ids).update(wanted_at=timezone.now())


def refresh(tenant: Tenant) -> None:
    """Copy this customer's counters now, because a person is about to read them.

    Where DynamoDB keeps us waiting for more than half a second they read what was copied last.
    """
    look, _is_new = UsageLook.objects.get_or_create(pk=tenant.pk)
    if look.looked_at is None or look.looked_at < timezone.now() - FRESH_FOR:
        with suppress(OutsideError):
            look_at(look, hurried=True)


def look_at(look: UsageLook, *, hurried: bool = False) -> bool:
    """Copy a customer's counters, unless somebody else does; alert whoever crossed a threshold.

    Safe to repeat: the counters' values replace those that were there.
    """
    if not look.claim():
        return False
    now = timezone.now()
    try:
        _copy(look, now, hurried=hurried)
    except OutsideError:
        look.give_back()
        raise
    quota_alerts.raise_alerts(look.tenant, now)
    return True


def _begin_to_look() -> None:
    new = Tenant.objects.filter(usage_look=None)[:_NEW_AT_ONCE]
    UsageLook.objects.bulk_create(
        [UsageLook(tenant=tenant) for tenant in new], ignore_conflicts=True
    )


def _due(now: datetime) -> list[UsageLook]:
    """Those who called first, longest waiting first; then whoever was not looked at for a day."""
    looks: QuerySet[UsageLook] = UsageLook.objects.filter(UsageLook.free()).select_related("tenant")
    wanted = looks.filter(Q(looked_at=None) | Q(wanted_at__gt=F("looked_at")))
    due = list(wanted.order_by("wanted_at")[:MOST_LOOKS])
    old = looks.filter(looked_at__lt=now - LOOK_AGAIN_AFTER, wanted_at__lte=F("looked_at"))
    old = old.exclude(tenant__state=Tenant.State.CLOSED).order_by("looked_at")
    return due + list(old[: MOST_LOOKS - len(due)])


def _copy(look: UsageLook, now: datetime, *, hurried: bool) -> None:
    tenant, today = look.tenant, now.astimezone(UTC).date()
    open_since = look.open_since or tenant.created_at.astimezone(UTC).date()
    begins_at = datetime.combine(open_since, time(), UTC)
    kept_since = now - HOURS_KEPT
    hours = usage.hours_of(tenant.pk, min(begins_at, kept_since), hurried=hurried)
    days = _sum_up((hour for hour in hours if hour.hour >= begins_at), _day_of)
    _add_unplaced(days, tenant, begins_at)
    recent = _sum_up((hour for hour in hours if hour.hour > kept_since), _hour_of)
    served_on = {hour.hour.date() for hour in hours if hour.calls} | {look.last_call_on}
    with transaction.atomic():
        _save(UsageDay, days, "day", tenant, unique=["api_key_id", "day"])
        _save(UsageHour, recent, "hour", tenant, unique=["tenant", "hour", "api_key_id"])
        tenant.usage_hours.filter(hour__lte=kept_since).delete()
        look.give_back(
            looked_at=now,
            # A call of yesterday may still be counted, around midnight.
            open_since=today - timedelta(days=1),
            last_call_on=max((day for day in served_on if day), default=None),
        )
    drift.judge(tenant.usage_days.filter(day__gte=open_since), now=now)


def _sum_up(hours: Iterable[HourOfUsage], slot_of: Callable[[HourOfUsage], Any]) -> Sums:
    """A key that was paid for by two grants in one hour has two counters."""
    sums: Sums = {}
    for hour in hours:
        counts = sums.setdefault((hour.api_key_id, slot_of(hour)), Counter())
        counts.update({name: getattr(hour, name) for name in _COUNTED})
    return sums


def _day_of(hour: HourOfUsage) -> Any:
    return hour.hour.date()


def _hour_of(hour: HourOfUsage) -> Any:
    return hour.hour


def _add_unplaced(days: Sums, tenant: Tenant, since: datetime) -> None:
    """Add calls that came while nobody knew whose key it was, where the gateway says there are."""
    lacking = {
        row.api_key_id
        for row in tenant.usage_days.filter(day__gte=since.date(), gateway_calls__gt=0)
        if (row.gateway_calls or 0) > _admitted(days.get((row.api_key_id, row.day)))
    }
    for api_key_id in lacking:
        unplaced = _sum_up(usage.hours_of(usage.unknown_key(api_key_id), since), _day_of)
        for where, counts in unplaced.items():
            days[where] = days.get(where, Counter()) + counts


def _admitted(counts: Counter[str] | None) -> int:
    return sum(counts[name] for name in ("calls", "refused", "failed")) if counts else 0


def _save(
    model: type[UsageDay] | type[UsageHour],
    sums: Sums,
    slot: str,
    tenant: Tenant,
    *,
    unique: list[str],
) -> None:
    rows: list[Any] = [
        model(
            tenant=tenant,
            api_key_id=api_key_id,
            **{slot: at},
            **{name: counts[name] for name in _COUNTED},
        )
        for (api_key_id, at), counts in sums.items()
    ]
    manager: Any = model._default_manager
    updated = [name for name in ("tenant", *_COUNTED) if name not in unique]
    manager.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=updated)
