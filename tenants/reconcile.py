"""Making AWS agree with a tenant's rows: observe, plan, apply.

Provisioning, tier change, suspension, repair and recovery are all this one path. Every action looks
before it creates and may be repeated, so a worker may die anywhere. What people and keys may do
stands in DynamoDB and is put right first: it never waits for Cognito or API Gateway.
"""

import logging
import random
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from adapters.errors import OutsideError, TryLater
from backoffice.leases import LeaseLost
from backoffice.queueing import send_after_commit
from tenants import funnel, leavers, mail, turns
from tenants.actions import Action
from tenants.models import ApiKey, SyncStep, Tenant
from tenants.observing import Seen, desired_of, observe, observe_rights, observe_things
from tenants.planning import calls_foreseen, calls_unforeseen, note_rights, plan, plan_rights

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(minutes=10)


def request_reconcile(tenant: Tenant) -> None:
    """Say that AWS has to follow, and send a worker after the commit."""
    Tenant.objects.filter(pk=tenant.pk).update(
        generation=F("generation") + 1, stuck=False, attempts=0, next_attempt_at=None
    )
    tenant.refresh_from_db()
    send_worker(tenant)


def send_worker(tenant: Tenant) -> None:
    from tenants.tasks import reconcile_tenant  # tasks import this module

    send_after_commit(reconcile_tenant, tenant.pk)


def reconcile(tenant: Tenant) -> None:
    """Bring AWS to the tenant's newest generation, unless somebody is at it already.

    Trouble is kept on the row: what may pass is tried again by the sweep, what will not is stuck
    until staff act.
    """
    if not tenant.claim(reconciled_generation__lt=F("generation")):
        return
    try:
        while not _reach(tenant):
            tenant.renew()
            tenant.refresh_from_db()
    except LeaseLost:
        log.info("tenant %s: another worker took over", tenant.pk)
    except turns.NotYet as error:
        turns.put_off(tenant, error)
    except TryLater as error:
        _put_off(tenant, error)
    except OutsideError as error:
        log.error("tenant %s is stuck: %s", tenant.pk, error)
        tenant.give_back(stuck=True, trouble=str(error)[:500], attempts=F("attempts") + 1)


def plan_for(tenant: Tenant) -> list[Action]:
    """Return what would be done now: the drift of one tenant."""
    desired = desired_of(tenant)
    seen = observe(desired)
    of_rights = plan_rights(desired, seen)
    note_rights(desired, seen)
    return of_rights + plan(desired, seen)


def due_tenants() -> QuerySet[Tenant]:
    now = timezone.now()
    return Tenant.objects.filter(
        Tenant.free(),
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=now),
        reconciled_generation__lt=F("generation"),
        stuck=False,
    )


def wake_by_clock() -> None:
    """Give work to tenants whose access changes by time alone."""
    due = Tenant.objects.filter(access_changes_at__lte=timezone.now())
    for tenant in due[:100]:
        Tenant.objects.filter(pk=tenant.pk).update(access_changes_at=None)
        request_reconcile(tenant)


def _reach(tenant: Tenant) -> bool:
    """Apply one plan; False if the rows changed meanwhile and another one is needed."""
    generation = tenant.generation
    desired, seen = desired_of(tenant), Seen()
    observe_rights(desired, seen)
    _apply_all(tenant, generation, plan_rights(desired, seen))
    note_rights(desired, seen)
    turns.await_turn(tenant, calls_foreseen(desired))
    tenant.renew()
    observe_things(desired, seen)
    planned = plan(desired, seen)
    turns.charge(sum(calls_unforeseen(action) for action in planned))
    _apply_all(tenant, generation, planned)
    with transaction.atomic():
        ApiKey.objects.filter(
            pk__in=[key.pk for key in desired.keys], state=ApiKey.State.WANTED
        ).update(state=ApiKey.State.LIVE)
        reached = tenant.give_back(
            only_if={"generation": generation},
            reconciled_generation=generation,
            reconciled_at=timezone.now(),
            access_changes_at=desired.access.changes_at,
            attempts=0,
            next_attempt_at=None,
            trouble="",
            stuck=False,
        )
        now = timezone.now()
        if reached:
            leavers.note_gone(desired.leavers, now)
        if reached and desired.is_closed:
            tenant.members.filter(left_at=None).update(left_at=now, login_gone_at=now)
        elif reached:
            mail.send_waiting(tenant)
            funnel.note_set_up(tenant, timezone.now())
    return reached


def _apply_all(tenant: Tenant, generation: int, planned: list[Action]) -> None:
    for action in planned:
        tenant.renew()
        _apply(tenant, generation, action)


def _apply(tenant: Tenant, generation: int, action: Action) -> None:
    step = SyncStep(
        tenant=tenant, generation=generation, system=action.system, what=str(action)[:200]
    )
    try:
        action.apply()
    except OutsideError as error:
        step.error = str(error)[:500]
        raise
    finally:
        step.save()


def _put_off(tenant: Tenant, error: TryLater) -> None:
    seconds = min(2.0**tenant.attempts, LONGEST_PAUSE.total_seconds())
    pause = timedelta(seconds=seconds * random.uniform(0.5, 1))  # noqa: S311 - jitter
    tenant.give_back(
        attempts=F("attempts") + 1,
        next_attempt_at=timezone.now() + pause,
        trouble=str(error)[:500],
    )
