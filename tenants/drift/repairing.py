"""Mending what a check found: a customer is reconciled, a campaign's gate written again, a thing of
nobody removed from AWS.

Staff ask, a worker does it: it looks at the rows once more, because somebody may have come since.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters import domains, rights, usage_plans, user_pool
from adapters.errors import OutsideError, TryLater
from adapters.inventories import GatewayKey
from backoffice import audit, jobs
from backoffice.audit import Act
from backoffice.jobs import Work
from backoffice.models import Job
from backoffice.queueing import send_after_commit
from backoffice.verbs import VerbRefused
from campaigns import gate_checking
from tenants import reconcile, turns
from tenants.drift import findings, strays
from tenants.drift.rows import Difference
from tenants.models import Domain, Member, Tenant

log = logging.getLogger(__name__)

Kind = Difference.Kind
KIND = "repair-drift"
# Ours, so it is mended: nothing of it may stay as it is.
OURS = (Kind.CUSTOMER, Kind.GATE, Kind.OPEN_GATE)
_GATES = (Kind.GATE, Kind.OPEN_GATE, Kind.LOST_GATE)
AT_ONCE = 100


@transaction.atomic
def repair(row: Difference, act: Act) -> None:
    """Have AWS mended. Raises VerbRefused for what is kept, or at which a worker is already."""
    if row.kept_at:
        raise VerbRefused(_("It is kept on purpose. List it again first."))
    audit.record(act, "repair drift", row, before={"kind": row.kind, "what": row.what[:1000]})
    if row.kind == Kind.CUSTOMER:
        reconcile.request_reconcile(cast(Tenant, row.tenant))
        return
    asked = Difference.objects.filter(pk=row.pk, removal_asked_at=None, kept_at=None)
    if not asked.update(removal_asked_at=timezone.now(), trouble=""):
        raise VerbRefused(_("A worker is at it already."))
    send_worker(row)


def repair_all(act: Act) -> Job:
    """Start a job that has everything mended that is open now. Raises VerbRefused if nothing is."""
    rows = _open_now()
    last = rows.order_by("-pk").first()
    if last is None:
        raise VerbRefused(_("Nothing differs."))
    if Job.objects.filter(kind=KIND, state__in=jobs.UNFINISHED).exists():
        raise VerbRefused(_("A job repairs everything already."))
    count = rows.order_by().count()
    chunks = -(-count // AT_ONCE)
    with transaction.atomic():
        title = _("Repair all that differs in AWS")
        return jobs.start_job(
            KIND, title=title, total=count, chunks=chunks, act=act, last=last.pk, why=act.reason
        )


def register() -> None:
    jobs.register(KIND, Work(chunk=_repair_some, finish=lambda job: None))


def _repair_some(job: Job, index: int) -> int:
    """The next rows, from the newest on: `before` says where the last chunk stopped."""
    before = job.arguments.get("before", job.arguments["last"] + 1)
    act = Act(job.asked_by, str(job.arguments["why"]))
    rows = list(_open_now().filter(pk__lt=before).order_by("-pk")[:AT_ONCE])
    for row in rows:
        with suppress(VerbRefused):  # somebody was faster
            repair(row, act)
    if rows:
        arguments = {**job.arguments, "before": rows[-1].pk}
        Job.objects.filter(pk=job.pk).update(arguments=arguments)
    return len(rows)


def _open_now() -> QuerySet[Difference]:
    return findings.open_differences().filter(removal_asked_at=None)


@transaction.atomic
def keep(row: Difference, act: Act) -> None:
    """Leave a thing in AWS that is nobody's: it is listed as kept and counts no more."""
    if row.kind in OURS:
        raise VerbRefused(_("What is ours is repaired, not kept."))
    kept = Difference.objects.filter(pk=row.pk, kept_at=None, removal_asked_at=None)
    if not kept.update(kept_at=timezone.now()):
        raise VerbRefused(_("It is kept already, or a worker is at it."))
    audit.record(act, "keep drift", row, before={"kind": row.kind})


@transaction.atomic
def list_again(row: Difference, act: Act) -> None:
    if not Difference.objects.filter(pk=row.pk, kept_at__isnull=False).update(kept_at=None):
        raise VerbRefused(_("It is not kept."))
    audit.record(act, "list drift again", row, before={"kind": row.kind})


def remove(row: Difference) -> None:
    """Remove it from AWS, unless it is somebody's by now; write a gate as its campaign stands. Safe
    to repeat and to run twice."""
    if row.removal_asked_at is None:
        return
    try:
        if _is_still_wrong(row):
            _MENDERS[row.kind](row.thing)
    except TryLater as error:
        Difference.objects.filter(pk=row.pk).update(trouble=str(error)[:500])
    except OutsideError as error:
        log.error("%s %s cannot be mended: %s", row.kind, row.thing, error)
        Difference.objects.filter(pk=row.pk).update(trouble=str(error)[:500], removal_asked_at=None)
    else:
        Difference.objects.filter(pk=row.pk).delete()
        _mend_newcomers(row)


def queue_removals() -> int:
    """Send a worker for what is to be removed and is still there. The sweep calls it."""
    due = Difference.objects.filter(removal_asked_at__isnull=False)[:100]
    for row in due:
        send_worker(row)
    return len(due)


def send_worker(row: Difference) -> None:
    from tenants.tasks import remove_stray  # tasks import this module

    send_after_commit(remove_stray, row.pk)


def _is_still_wrong(row: Difference) -> bool:
    if row.kind in (Kind.LOGIN, Kind.PERMISSION):
        comes = Q(email=row.name, left_at=None) if row.kind == Kind.LOGIN else Q(pk=None)
        return bool(strays.stray_people([row.thing])) and not Member.objects.filter(comes).exists()
    if row.kind == Kind.KEY:
        return bool(strays.stray_keys([GatewayKey(row.thing, row.name, enabled=True)]))
    if row.kind == Kind.DOMAIN:
        return bool(strays.stray_domains([row.thing]))
    if row.kind in _GATES:
        return True  # campaigns look themselves
    return bool(strays.stray_key_ids([row.thing]))


def _mend_newcomers(row: Difference) -> None:
    """Whoever was given this very login or domain while it was being removed gets it back."""
    if row.kind == Kind.DOMAIN:
        for domain in Domain.objects.filter(name=row.thing, released_at=None):
            reconcile.request_reconcile(domain.tenant)
        return
    for member in Member.objects.filter(user_id=row.thing, left_at=None).select_related("tenant"):
        reconcile.request_reconcile(member.tenant)


def _remove_login(user_id: str) -> None:
    rights.delete_permission(user_id)
    user_pool.delete_user(settings.USER_POOL_ID, user_id)


def _remove_key(key_id: str) -> None:
    rights.delete_access(key_id)
    turns.await_calls(2)  # AWS allows deletions half as often as other calls
    usage_plans.delete_key(key_id)


def _remove_domain(name: str) -> None:
    """As it stands there: whoever is given the domain meanwhile has another id."""
    if found := domains.read_domains([name]).get(name):
        domains.delete_domain(name, tenant_id=found.tenant_id)


_MENDERS: dict[str, Callable[[str], None]] = {
    Kind.LOGIN: _remove_login,
    Kind.KEY: _remove_key,
    Kind.PERMISSION: rights.delete_permission,
    Kind.ACCESS: rights.delete_access,
    Kind.DOMAIN: _remove_domain,
    Kind.GATE: gate_checking.write_again,
    Kind.OPEN_GATE: gate_checking.write_again,
    Kind.LOST_GATE: gate_checking.close_lost_gate,
}
