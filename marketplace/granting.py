"""The grant that follows an agreement: one row for each agreement and customer."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from marketplace import mails
from marketplace.models import Agreement
from marketplace.products import ProductUnknown, product_of
from tenants import reconcile
from tenants.models import Grant, Tenant


@transaction.atomic
def follow(agreement: Agreement) -> None:
    """Make the customer's grant what the agreement says it is. Safe to repeat: nothing happens
    where it says so already."""
    tenant = agreement.tenant
    if tenant is None:
        return
    grant = Grant.objects.filter(agreement=agreement.source_name, tenant=tenant).first()
    tier = tier_of(agreement)
    if agreement.state == Agreement.State.ACTIVE and tier:
        changed = _give(agreement, tenant, grant, tier)
    else:
        changed = _end(grant, agreement.ended_at or timezone.now())
    if changed:
        reconcile.request_reconcile(tenant)


def tier_of(agreement: Agreement) -> str:
    """Return what was bought, as far as it is known; empty while it is not."""
    try:
        product = product_of(agreement.product_code)
    except ProductUnknown:
        return ""
    return agreement.tier if product.has_entitlements else product.tier


def _give(agreement: Agreement, tenant: Tenant, grant: Grant | None, tier: str) -> bool:
    if grant is None:
        Grant.objects.create(
            tenant=tenant,
            source=Grant.Source.MARKETPLACE,
            agreement=agreement.source_name,
            tier=tier,
            starts_at=agreement.starts_at or timezone.now(),
        )
        mails.promise_started(agreement)
        return True
    if grant.tier == tier and grant.ended_at is None:
        return False
    Grant.objects.filter(pk=grant.pk).update(tier=tier, ended_at=None)
    return True


def _end(grant: Grant | None, at: datetime) -> bool:
    if grant is None or grant.ended_at:
        return False
    Grant.objects.filter(pk=grant.pk).update(ended_at=at)
    return True
