"""Grants by staff's word: a tier for a time, beside whatever else the customer has."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.definitions import definition
from backoffice import audit
from backoffice.audit import Act
from tenants import reconcile
from tenants.errors import AccountClosed, NotPossible
from tenants.models import Grant, Tenant


@transaction.atomic
def add_grant(
    tenant: Tenant, act: Act, *, tier: str, starts_at: datetime, ends_at: datetime | None
) -> Grant:
    """Give the tier from one moment to the other, or for good. Other grants stay as they are."""
    if tenant.state == Tenant.State.CLOSED:
        raise AccountClosed(_("This account is closed. The person may sign up again."))
    if tier not in definition("tiers"):
        raise NotPossible(_("There is no tier called %(tier)s.") % {"tier": tier})
    if ends_at is not None and ends_at <= max(starts_at, timezone.now()):
        raise NotPossible(_("It would have ended before it begins."))
    grant = Grant.objects.create(
        tenant=tenant,
        source=Grant.Source.STAFF,
        tier=tier,
        starts_at=starts_at,
        ends_at=ends_at,
        why=act.reason[:500],
    )
    audit.record(act, "add grant", tenant, after=_facts(grant))
    reconcile.request_reconcile(tenant)
    return grant


@transaction.atomic
def end_grant(grant: Grant, act: Act) -> None:
    """End it now. Raises NotPossible if it is over, or follows a subscription."""
    if grant.agreement:
        raise NotPossible(_("It follows a subscription. Detach the agreement from the customer."))
    now = timezone.now()
    rows = Grant.objects.filter(pk=grant.pk, ended_at=None).exclude(ends_at__lte=now)
    if not rows.update(ended_at=now):
        raise NotPossible(_("This grant is over already."))
    after = {"ended": now.isoformat()}
    audit.record(act, "end grant", grant.tenant, before=_facts(grant), after=after)
    reconcile.request_reconcile(grant.tenant)


def _facts(grant: Grant) -> dict[str, str]:
    ends = grant.ends_at.isoformat() if grant.ends_at else ""
    return {
        "grant": str(grant.pk),
        "source": grant.source,
        "tier": grant.tier,
        "starts": grant.starts_at.isoformat(),
        "ends": ends,
    }
