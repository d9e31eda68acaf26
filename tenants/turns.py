"""Waiting for a turn at API Gateway: a short wait is waited out, a long one puts the tenant off.

A tenant that is put off keeps its turn and holds no lease. A delayed message wakes a worker for it
in time. A turn says when to come; whether a call may be sent is counted where it is sent, at the
gate, so who comes late hurries nobody, and what one tenant leaves unused another one takes.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from adapters import pacing
from backoffice.queueing import send_after_commit
from tenants.models import Tenant

# A worker and its lease wait no longer than this.
LONGEST_WAIT = timedelta(seconds=3)
# SQS delays a message by 15 minutes at most.
FURTHEST = timedelta(minutes=10)
# Calls of so long a time may be sent at once after a pause: half of what API Gateway lets through,
# because calls reach it a little later than they were counted.
SAVED = timedelta(seconds=0.5)
_CLOCKS: tuple[pacing.Clock, ...] = ("sent_at", "next_at")
# The sweep helps where the delayed message was lost, and not before.
MESSAGE_IS_LOST = timedelta(seconds=20)


@dataclass
class NotYet(Exception):
    """The tenant's turn is later. `turn_at` is kept for it if it has one."""

    until: datetime
    turn_at: datetime | None
    calls: int


def await_turn(tenant: Tenant, calls: int) -> None:
    """Return when `calls` calls may be sent for this tenant. Raises NotYet, or TryLater."""
    if not calls:
        return
    if not _goes_at_once(tenant, calls):
        _sleep_until(_turn(tenant, calls))
        _sleep_until(_pass_gate(calls))
    if tenant.turn_at:
        tenant.turn_at = None
        Tenant.objects.filter(pk=tenant.pk).update(turn_at=None)


def await_calls(calls: int) -> None:
    """Return when so many calls may be sent for nobody in particular, as a job does. Raises
    TryLater where customers have all turns of the next seconds."""
    for clock in _CLOCKS:
        now = timezone.now()
        _sleep_until(_take(clock, calls, now, until=now + LONGEST_WAIT))


def charge(calls: int) -> None:
    """Let the others wait for calls that are not planned. Raises TryLater."""
    if calls:
        now = timezone.now()
        for clock in _CLOCKS:
            pacing.charge(calls, per_second=settings.GATEWAY_CALLS_PER_SECOND, now=now, clock=clock)


def put_off(tenant: Tenant, why: NotYet) -> None:
    """Give the tenant back until its turn, and have a worker woken a moment before."""
    from tenants.tasks import reconcile_tenant  # tasks import the reconciler

    tenant.give_back(
        turn_at=why.turn_at,
        turn_calls=why.calls,
        next_attempt_at=why.until + MESSAGE_IS_LOST,
    )
    wait = (why.until - timezone.now()).total_seconds()
    send_after_commit(reconcile_tenant, tenant.pk, delay=max(0, int(wait)))


def _turn(tenant: Tenant, calls: int) -> datetime:
    """Return the tenant's own turn, or a new one, if it is near."""
    now = timezone.now()
    keeps_one = tenant.turn_at is not None and tenant.turn_calls >= calls
    turn = tenant.turn_at if tenant.turn_at and keeps_one else _take_turn(calls, now)
    if turn - now > LONGEST_WAIT:
        raise NotYet(until=turn, turn_at=turn, calls=calls)
    return turn


def _take_turn(calls: int, now: datetime) -> datetime:
    try:
        return _take("next_at", calls, now, until=now + FURTHEST)
    except pacing.TooFarAhead as error:
        # Half of them are taken by then, and whoever comes next finds a place.
        raise NotYet(until=now + (error.next_at - now) / 2, turn_at=None, calls=calls) from error


def _goes_at_once(tenant: Tenant, calls: int) -> bool:
    """Take what others have left unused for long enough, whoever's turn it is; where nobody keeps a
    turn, wait at the gate alone."""
    now, per_second = timezone.now(), settings.GATEWAY_CALLS_PER_SECOND
    if tenant.turn_at and tenant.turn_at - now <= LONGEST_WAIT:
        return False
    taken, kept_until = pacing.take_unused(calls, per_second=per_second, since=now - SAVED)
    if not taken and not tenant.turn_at and kept_until <= now:
        _sleep_until(_pass_gate(calls))
        return True
    return taken


def _pass_gate(calls: int) -> datetime:
    now = timezone.now()
    try:
        return _take("sent_at", calls, now - SAVED, until=now + LONGEST_WAIT)
    except pacing.TooFarAhead as error:
        turn = _take_turn(calls, now)
        raise NotYet(until=max(turn, error.next_at), turn_at=turn, calls=calls) from error


def _take(clock: pacing.Clock, calls: int, now: datetime, *, until: datetime) -> datetime:
    return pacing.take_turn(
        calls, per_second=settings.GATEWAY_CALLS_PER_SECOND, now=now, until=until, clock=clock
    )


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - timezone.now()).total_seconds()))
