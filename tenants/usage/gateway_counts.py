"""Copying what the gateway counted, of all keys together, every five minutes."""

from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from adapters.definitions import definition
from adapters.errors import OutsideError
from adapters.gateway_usage import MOST_DAYS, usage_of_plan
from adapters.usage_plans import plan_of
from backoffice.leases import LeaseLost
from tenants import turns
from tenants.models import ApiKey, UsageDay, UsageRead
from tenants.usage import drift, rollup

READ_AGAIN_AFTER = timedelta(minutes=5)
KEYS_AT_ONCE = 200

# By key and by day: what each tier's plan counted, and what it left.
Counts = dict[str, dict[date, dict[str, list[int]]]]


def copy_gateway_counts() -> int:
    """Copy what changed, from the last day that may still change; return how many rows did.

    Safe to repeat: the gateway's numbers replace those that were there. A missed day is caught up
    with as long as the gateway knows it, which is 90 days.
    """
    now = timezone.now()
    read, _ = UsageRead.objects.get_or_create(pk=UsageRead.THE_ONE)
    if read.read_at and now - read.read_at < READ_AGAIN_AFTER:
        return 0
    if not read.claim(read_at=read.read_at):
        return 0
    try:
        return _copy(read, now)
    except LeaseLost:
        return 0
    except OutsideError:
        read.give_back()
        raise


def _copy(read: UsageRead, now: datetime) -> int:
    today = now.astimezone(UTC).date()
    first = max(read.open_since or date.min, today - timedelta(days=MOST_DAYS - 1))
    changed = _save(_ask(read, first, today), first)
    # Whoever is not told of was not used.
    untold = UsageDay.objects.filter(day__gte=first, day__lte=today, gateway_calls=None)
    untold.update(gateway_calls=0)
    drift.judge(UsageDay.objects.filter(day__gte=first), now=now)
    read.give_back(read_at=now, open_since=today - timedelta(days=1))
    return changed


def _ask(read: UsageRead, first: date, last: date) -> Counts:
    """A key that was moved is told of under both plans."""
    counts: Counts = {}
    for tier in definition("tiers"):
        turns.charge(1)
        for found in usage_of_plan(plan_of(tier), first, last):
            if found.calls:
                days = counts.setdefault(found.api_key_id, {})
                days.setdefault(found.day, {})[tier] = [found.calls, found.remaining]
        read.renew()
    return counts


def _save(counts: Counts, first: date) -> int:
    """Write the rows that changed, and want a look at the customers whose rows they are."""
    changed = 0
    keys = sorted(counts)
    for start in range(0, len(keys), KEYS_AT_ONCE):
        rows = _changed(counts, keys[start : start + KEYS_AT_ONCE], first)
        UsageDay.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["api_key_id", "day"],
            update_fields=["tenant", "by_tier", "gateway_calls"],
        )
        rollup.want_looks({row.tenant_id for row in rows if row.tenant_id})
        changed += len(rows)
    return changed


def _changed(counts: Counts, keys: list[str], first: date) -> list[UsageDay]:
    rows = UsageDay.objects.filter(api_key_id__in=keys, day__gte=first)
    known = {(row.api_key_id, row.day): row.by_tier for row in rows}
    owners = dict(ApiKey.objects.filter(key_id__in=keys).values_list("key_id", "tenant_id"))
    return [
        UsageDay(
            tenant_id=owners.get(api_key_id),
            api_key_id=api_key_id,
            day=day,
            by_tier=by_tier,
            gateway_calls=sum(calls for calls, _ in by_tier.values()),
        )
        for api_key_id in keys
        for day, by_tier in counts[api_key_id].items()
        if known.get((api_key_id, day)) != by_tier
    ]
