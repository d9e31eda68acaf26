"""When the hours of an agreement are closed: its meter's clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from marketplace.metering.deadlines import HOUR, deadline_of, hour_of
from marketplace.metering.rows import Meter, MeteredHour
from marketplace.models import Agreement
from tenants.models import Grant

# An hour is over for us so long after its end: a call takes 29 seconds, and clocks differ.
PATIENCE = timedelta(minutes=5)
# The last hour of an agreement is closed so long after its end: AWS waits for an hour. Where we
# heard of the end later, the API counted for it until then, and PATIENCE begins there; but what is
# left after LAST_CALL is needed to send it, and to try again.
LAST_PATIENCE = timedelta(minutes=10)
LAST_CALL = timedelta(minutes=40)
# So long after an hour its counters are read again.
LATE = timedelta(hours=3)
# After an outage the hours of a meter are closed in portions.
MOST_HOURS = 48


def begin(agreement: Agreement) -> None:
    """Have an agreement metered from this hour on. Safe to repeat."""
    now = timezone.now()
    begun = {"next_hour": hour_of(now), "due_at": now}
    Meter.objects.get_or_create(agreement=agreement, defaults=begun)


def wake(agreement: Agreement) -> None:
    """Have its hours closed soon, and sent in time: it ended, or came back."""
    now = timezone.now()
    told_at = now if agreement.state == Agreement.State.ENDED else None
    Meter.objects.filter(agreement=agreement).update(due_at=now, end_told_at=told_at)
    for row in agreement.metered_hours.filter(state__in=MeteredHour.UNSENT):
        deadline = deadline_of(row.hour, agreement.ended_at)
        agreement.metered_hours.filter(pk=row.pk).update(deadline_at=deadline)


def last_hour(agreement: Agreement) -> datetime | None:
    """Return the hour in which it ended, if it did."""
    if agreement.state == Agreement.State.ENDED and agreement.ended_at:
        return hour_of(agreement.ended_at)
    return None


def is_over(meter: Meter) -> bool:
    """Whether its last hour is closed."""
    last = last_hour(meter.agreement)
    return last is not None and meter.next_hour > last


def hours_to_close(meter: Meter, now: datetime) -> Iterator[datetime]:
    hour = meter.next_hour
    for _ in range(MOST_HOURS):
        if now < closes_at(meter, hour) or _is_after_the_end(meter.agreement, hour):
            return
        yield hour
        hour += HOUR


def closes_at(meter: Meter, hour: datetime) -> datetime:
    ended_at = meter.agreement.ended_at
    if ended_at is None or hour != last_hour(meter.agreement):
        return hour + HOUR + PATIENCE
    told_at = meter.end_told_at or ended_at
    return min(max(ended_at + LAST_PATIENCE, told_at + PATIENCE), ended_at + LAST_CALL)


def next_due(meter: Meter, now: datetime) -> datetime | None:
    """Nothing where it ended, and nobody can use it any more. The API counts for it until we hear
    of the end, which may be long after it."""
    if not is_over(meter):
        return closes_at(meter, meter.next_hour)
    lately = now - LATE
    moments = (meter.agreement.ended_at, meter.end_told_at)
    is_fresh = any(moment and moment > lately for moment in moments)
    return now + LATE / 6 if is_fresh or _is_usable(meter.agreement, lately) else None


def _is_usable(agreement: Agreement, lately: datetime) -> bool:
    grants = Grant.objects.filter(agreement=agreement.source_name)
    return grants.filter(Q(ended_at=None) | Q(ended_at__gt=lately)).exists()


def _is_after_the_end(agreement: Agreement, hour: datetime) -> bool:
    last = last_hour(agreement)
    return last is not None and hour > last
