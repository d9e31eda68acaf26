"""Waiting for a turn at API Gateway: a short wait is waited out, a long one puts the tenant off.

A tenant that is put off keeps its turn and holds no lease. A delayed message wakes a worker for it
in time; if that is late the turn is lost and another one is taken.
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
# Turns that were missed by more would come all at once after an outage. API Gateway lets the calls
# of about one second through together.
LATE = timedelta(seconds=1)
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
    now = timezone.now()
    turn = _kept_turn(tenant, calls, now) or _take_turn(calls, now)
    if turn - now > LONGEST_WAIT:
        raise NotYet(until=turn, turn_at=turn, calls=calls)
    if tenant.turn_at:
        tenant.turn_at = None
        Tenant.objects.filter(pk=tenant.pk).update(turn_at=None)
    time.sleep(max(0.0, (turn - now).total_seconds()))


def charge(calls: int) -> None:
    """Let the others wait for calls that are not planned. Raises TryLater."""
    if calls:
        pacing.charge(calls, per_second=settings.GATEWAY_CALLS_PER_SECOND, now=timezone.now())


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


def _kept_turn(tenant: Tenant, calls: int, now: datetime) -> datetime | None:
    turn = tenant.turn_at
    if turn is None or tenant.turn_calls < calls or now - turn > LATE:
        return None
    return turn


def _take_turn(calls: int, now: datetime) -> datetime:
    try:
        return pacing.take_turn(
            calls,
            per_second=settings.GATEWAY_CALLS_PER_SECOND,
            now=now,
            until=now + FURTHEST,
        )
    except pacing.TooFarAhead as error:
        # Half of them are taken by then, and whoever comes next finds a place.
        raise NotYet(until=now + (error.next_at - now) / 2, turn_at=None, calls=calls) from error
