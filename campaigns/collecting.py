"""Copying the outcomes of attempts from DynamoDB to SQL, where staff pages add them up."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from adapters import outcomes
from campaigns import alarms
from campaigns.alarms import Checks
from campaigns.models import Outcome, OutcomeCopy
from campaigns.outcomes import GOOD

EVERY = timedelta(minutes=1)
# Before DynamoDB forgets a day (adapters/outcomes.py).
MOST_DAYS = 55
_KEY = ["day", "campaign", "batch", "step", "reason"]


def collect_outcomes() -> int:
    """Copy the counters of today and yesterday, and of every day since the last copy.

    Returns how many rows that were; 0 too if the last copy is younger than a minute or another
    worker is at it. Safe to repeat: a row is set to what was counted, never added to. What is new
    since the last copy is judged for an alarm.
    """
    copy, _ = OutcomeCopy.objects.get_or_create(pk=1)
    started_at = timezone.now()
    if copy.at and started_at - copy.at < EVERY or not copy.claim(at=copy.at):
        return 0
    rows = [row for day in _days(copy.at, started_at) for row in _rows_of(day)]
    checks = _new_checks(rows)
    copy.renew()
    Outcome.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=_KEY,
        update_fields=["count"],
    )
    if copy.at:
        alarms.watch(checks, since=copy.at, now=started_at)
    copy.give_back(at=started_at)
    return len(rows)


def as_of() -> datetime | None:
    """Return when the outcomes in SQL were last what DynamoDB said."""
    return OutcomeCopy.objects.values_list("at", flat=True).first()


def _days(copied_at: datetime | None, now: datetime) -> Iterator[date]:
    today = now.astimezone(UTC).date()
    last = (copied_at or now).astimezone(UTC).date()
    first = max(min(last, today) - timedelta(days=1), today - timedelta(days=MOST_DAYS))
    while first <= today:
        yield first
        first += timedelta(days=1)


def _new_checks(rows: list[Outcome]) -> dict[str, Checks]:
    """Return how many checks each campaign had since the last copy."""
    days = {row.day for row in rows}
    stored = Outcome.objects.filter(step="check", day__in=days)
    known = {(row.day, row.batch, row.campaign, row.reason): row.count for row in stored}
    new: dict[str, Checks] = defaultdict(Checks)
    for row in rows:
        more = row.count - known.get((row.day, row.batch, row.campaign, row.reason), 0)
        if row.step == "check" and more > 0:
            new[row.campaign] += Checks(more, 0 if row.reason == GOOD else more)
    return new


def _rows_of(day: date) -> Iterator[Outcome]:
    for outcome, count in outcomes.outcomes_on(day):
        yield Outcome(day=day, count=count, **vars(outcome))
