"""Newsletters as work: one worker for each connection, a few seconds at a time, at its pace."""

import logging
import random
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from adapters.errors import NotThere, OutsideError, Refused, TryLater
from adapters.newsletters.platforms import NotLetIn, Platform
from backoffice.leases import LeaseLost
from tenants.newsletters import delivery
from tenants.newsletters.lines import Pace, line_of
from tenants.newsletters.rows import NewsletterConnection, NewsletterSubscription
from tenants.newsletters.workers import send_worker

log = logging.getLogger(__name__)

Wanted = NewsletterSubscription.Wanted
State = NewsletterSubscription.State
There = NewsletterSubscription.There

# Short, so that a worker is soon free for customers again, and well below a function's 29 seconds.
BUDGET = timedelta(seconds=8)
AT_ONCE = 50
# An opt-out counts at the platform at once; what we read is for our own pages.
LOOK_EVERY = timedelta(hours=6)
LONGEST_PAUSE = timedelta(minutes=10)
PAUSE_REFUSED = timedelta(minutes=15)


def queue_due() -> int:
    """Send a worker to each platform at which something is to be done. The sweep calls it."""
    now = timezone.now()
    mine = NewsletterSubscription.objects.filter(connection=OuterRef("pk"))
    work = Q(Exists(due_of(mine, now))) | Q(Exists(unseen_of(mine, now)))
    due = list(_open(now).filter(work))
    for connection in due:
        send_worker(connection)
    return len(due)


def serve(connection: NewsletterConnection, *, budget: timedelta = BUDGET) -> bool:
    """Do what is due at the platform for a while; return whether more is. Safe to run twice at
    once: the second one does nothing."""
    if not _open(timezone.now()).filter(pk=connection.pk).exists() or not connection.claim():
        return False
    pace = Pace(connection, connection.renew)
    try:
        _work(connection, pace, until=timezone.now() + budget)
    except LeaseLost:
        return False
    except OutsideError as error:
        _pause(connection, pace, error)
        return False
    connection.give_back(next_call_at=pace.next_at, paused_until=None, trouble="", attempts=0)
    return _due(connection, timezone.now()).exists()


def due_of(
    rows: QuerySet[NewsletterSubscription], now: datetime
) -> QuerySet[NewsletterSubscription]:
    """What is to be done. A connection that subscribes nobody any more still unsubscribes."""
    return rows.filter(
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=now),
        Q(wanted=Wanted.OUT) | Q(connection__is_enabled=True),
        state=State.WAITING,
    )


def unseen_of(
    rows: QuerySet[NewsletterSubscription], now: datetime
) -> QuerySet[NewsletterSubscription]:
    """Who is subscribed there and was not looked at for a while."""
    return rows.filter(
        state=State.DONE,
        wanted=Wanted.IN,
        there__in=(There.SUBSCRIBED, There.PENDING),
        looked_at__lt=now - LOOK_EVERY,
    )


def _open(now: datetime) -> QuerySet[NewsletterConnection]:
    """Connections that are left in peace neither by us nor by another worker of ours."""
    return NewsletterConnection.objects.filter(
        NewsletterConnection.free(), Q(paused_until=None) | Q(paused_until__lte=now)
    )


def _due(connection: NewsletterConnection, now: datetime) -> QuerySet[NewsletterSubscription]:
    return due_of(connection.subscriptions.all(), now).select_related("member", "connection")


def _work(connection: NewsletterConnection, pace: Pace, *, until: datetime) -> None:
    """People first who said no, then who said yes, then a look at who is in."""
    platform = line_of(connection, pace.take_turn)
    while timezone.now() < until:
        rows = list(_due(connection, timezone.now()).order_by("-wanted", "pk")[:AT_ONCE])
        if not rows:
            break
        for row in rows:
            if timezone.now() >= until:
                return
            _deliver(row, platform)
    unseen = unseen_of(connection.subscriptions.all(), timezone.now()).select_related("member")
    for row in unseen.order_by("looked_at")[:AT_ONCE]:
        if timezone.now() >= until:
            return
        _look(row, platform)


def _deliver(row: NewsletterSubscription, platform: Platform) -> None:
    """One person's trouble is theirs; a platform that is away or lets us not in is everybody's."""
    try:
        delivery.deliver(row, platform)
    except TryLater as error:
        delivery.put_off(row, error)
        raise
    except NotLetIn:
        raise
    except (Refused, NotThere) as error:
        log.error("newsletter subscription %s is stuck: %s", row.pk, error)
        delivery.give_up(row, error)


def _look(row: NewsletterSubscription, platform: Platform) -> None:
    try:
        delivery.note(row, platform.status(row.member.email))
    except NotLetIn:
        raise
    except (Refused, NotThere) as error:
        delivery.give_up(row, error)


def _pause(connection: NewsletterConnection, pace: Pace, error: OutsideError) -> None:
    """Leave the platform in peace; rows wait, and the page says why."""
    now = timezone.now()
    if isinstance(error, TryLater):
        log.warning("newsletter connection %s waits: %s", connection.pk, error)
        seconds = min(2.0**connection.attempts * 15, LONGEST_PAUSE.total_seconds())
        pause = timedelta(seconds=seconds * random.uniform(0.5, 1))  # noqa: S311 - jitter
    else:
        log.error("newsletter connection %s does not work: %s", connection.pk, error)
        pause = PAUSE_REFUSED
    connection.give_back(
        next_call_at=pace.next_at,
        paused_until=now + pause,
        trouble=str(error)[:500],
        attempts=connection.attempts + 1,
    )
