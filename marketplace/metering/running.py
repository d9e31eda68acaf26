"""Metering as work: a few seconds at a time, by one process, from where the last one stopped."""

import logging
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from adapters.errors import OutsideError, TryLater
from backoffice.leases import LeaseLost
from backoffice.queueing import send_after_commit
from marketplace.metering import closing, sending
from marketplace.metering.rows import Meter, MeteredHour, Metering

log = logging.getLogger(__name__)

# A function of the portal has 29 seconds; what is left is done by the next message.
BUDGET = timedelta(seconds=20)
PAUSE_BUSY, PAUSE_REFUSED = timedelta(seconds=30), timedelta(minutes=15)


def queue_if_due() -> int:
    """Have a worker meter what is due; return whether there was something."""
    from marketplace.tasks import meter_usage  # tasks import this module

    now = timezone.now()
    if not is_due(now) or not _the_one(now):
        return 0
    send_after_commit(meter_usage)
    return 1


def meter(*, budget: timedelta = BUDGET) -> bool:
    """Close hours and send them for a while; return whether more is due. Safe to run twice at once:
    the second one does nothing."""
    work = _the_one(timezone.now())
    if work is None or not work.claim():
        return False
    try:
        _meter(work, until=timezone.now() + budget)
    except LeaseLost:
        return False
    except TryLater as error:
        log.warning("metering waits a moment: %s", error)
        work.give_back(paused_until=timezone.now() + PAUSE_BUSY)
        return False
    except (sending.Paused, OutsideError) as error:
        log.error("metric metering_refused: 1, AWS takes no usage from us: %s", error)
        now = timezone.now()
        work.give_back(paused_until=now + _pause(now), trouble=str(error)[:500])
        return False
    work.give_back(paused_until=None, trouble="")
    return is_due(timezone.now())


def _pause(now: datetime) -> timedelta:
    """A tenth of the time that the most urgent row still has: an end leaves an hour in all, and a
    pause of its own must not be what lets it pass."""
    nearest = (
        MeteredHour.objects.filter(state__in=MeteredHour.UNSENT, deadline_at__gt=now)
        .order_by("deadline_at")
        .values_list("deadline_at", flat=True)
        .first()
    )
    left = nearest - now if nearest else PAUSE_REFUSED * 10
    return max(PAUSE_BUSY, min(PAUSE_REFUSED, left / 10))


def is_due(now: datetime) -> bool:
    unsent = MeteredHour.objects.filter(state__in=MeteredHour.UNSENT, next_attempt_at__lte=now)
    return unsent.exists() or Meter.objects.filter(due_at__lte=now).exists()


def _meter(work: Metering, *, until: datetime) -> None:
    """Send what is closed before more is closed: its deadline is nearer."""
    while timezone.now() < until:
        sent = sending.send_due(timezone.now(), renew=work.renew)
        closed = closing.close_due(timezone.now(), renew=work.renew)
        if not (sent or closed):
            return


def _the_one(now: datetime) -> Metering | None:
    """Return the row of the lease, unless AWS is left in peace or somebody has it."""
    work, _made = Metering.objects.get_or_create(pk=Metering.THE_ONE)
    is_open = Q(paused_until=None) | Q(paused_until__lte=now)
    return Metering.objects.filter(Metering.free(), is_open, pk=work.pk).first()
