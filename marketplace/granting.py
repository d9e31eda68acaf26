"""The grants that follow agreements: one row for each agreement and customer."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from marketplace import mails
from marketplace.folding import GOES_ON
from marketplace.metering import meters
from marketplace.models import Agreement
from marketplace.succession import lock_family, successor_of
from marketplace.tiers import tier_of as tier_of
from tenants import reconcile
from tenants.models import Grant, Tenant

ACTIVE, ENDED = Agreement.State.ACTIVE, Agreement.State.ENDED


@transaction.atomic
def follow(agreement: Agreement) -> None:
    """Make the customers' grants what the agreement, and those before and after it, say they are.

    Safe to repeat and to race: nothing happens where the grants say so already.
    """
    family = lock_family(agreement)
    successors = {row.pk: successor_of(row, family) for row in family}
    _hand_on(family, successors)
    followers = {row.pk for row in successors.values() if row and row.pk}
    changed: set[Tenant] = set()
    for row in family:
        if row.tenant and _follow(row, row.tenant, successors[row.pk], row.pk in followers):
            changed.add(row.tenant)
    for tenant in sorted(changed, key=lambda tenant: tenant.pk):
        reconcile.request_reconcile(tenant)


def _hand_on(family: list[Agreement], successors: dict[int, Agreement | None]) -> None:
    """Let each successor have its predecessor's customer, down the whole chain."""
    for _ in family:
        for row in family:
            new = successors[row.pk]
            if new and row.tenant and new.tenant is None:
                Agreement.objects.filter(pk=new.pk).update(tenant=row.tenant)
                new.tenant = row.tenant


def _follow(
    row: Agreement, tenant: Tenant, successor: Agreement | None, is_successor: bool
) -> bool:
    grant = Grant.objects.filter(agreement=row.source_name, tenant=tenant).first()
    tier = tier_of(row)
    goes_on = row.state == ENDED and row.ended_as in GOES_ON
    if tier and (row.state == ACTIVE or (goes_on and not _has_begun(successor))):
        return _give(row, tenant, grant, tier, is_successor=is_successor)
    now = timezone.now()
    if not goes_on or successor is None:
        ended = _end(grant, row.ended_at or now)
        if ended and row.state == ENDED:
            mails.promise_ended(row, ended_at=row.ended_at or now)
        return ended
    return _hand_over(grant, successor.starts_at or now, now)


def _has_begun(successor: Agreement | None) -> bool:
    """Whether it took over: until then the old grant goes on."""
    if successor is None or successor.state == Agreement.State.PENDING:
        return False
    return successor.state == ENDED or bool(tier_of(successor))


def _give(
    row: Agreement, tenant: Tenant, grant: Grant | None, tier: str, *, is_successor: bool
) -> bool:
    if grant is None:
        _keep_name(row)
        meters.begin(row)
        Grant.objects.create(
            tenant=tenant,
            source=Grant.Source.MARKETPLACE,
            agreement=row.source_name,
            tier=tier,
            starts_at=row.starts_at or timezone.now(),
        )
        if not is_successor:
            mails.promise_started(row)
        return True
    if grant.tier == tier and grant.ended_at is None and grant.ends_at is None:
        return False
    Grant.objects.filter(pk=grant.pk).update(tier=tier, ended_at=None, ends_at=None)
    return True


def _keep_name(row: Agreement) -> None:
    """A legacy buyer may get an agreement id later; who pays is called the same all the time."""
    row.source = row.source_name
    Agreement.objects.filter(pk=row.pk).update(source=row.source)


def _hand_over(grant: Grant | None, begins_at: datetime, now: datetime) -> bool:
    """End where the successor begins, without a gap, be it in the future."""
    if begins_at <= now:
        return _end(grant, begins_at)
    if grant is None or grant.ended_at or grant.ends_at == begins_at:
        return False
    Grant.objects.filter(pk=grant.pk).update(ends_at=begins_at)
    return True


def _end(grant: Grant | None, at: datetime) -> bool:
    if grant is None or grant.ended_at:
        return False
    Grant.objects.filter(pk=grant.pk).update(ended_at=at)
    return True
