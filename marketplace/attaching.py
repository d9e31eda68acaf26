"""What staff do when a buyer and their account did not find each other: attach, and detach."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from marketplace import granting
from marketplace.models import Agreement
from marketplace.succession import lock_family
from tenants import reconcile
from tenants.errors import NotPossible
from tenants.models import Grant, Member, Tenant


@transaction.atomic
def attach_agreement(agreement: Agreement, act: Act, *, customer: str) -> None:
    """Tie the agreement to the customer of this id or e-mail address; its grant follows.

    Raises NotPossible where another customer has it, or there is no such customer.
    """
    tenant = find_customer(customer)
    lock_family(agreement)
    free = Q(tenant=None) | Q(tenant__state=Tenant.State.CLOSED)
    open_rows = Agreement.objects.filter(pk=agreement.pk).filter(free).values("pk")
    if not Agreement.objects.filter(pk__in=open_rows, tenant=agreement.tenant_id).update(
        tenant=tenant
    ):
        raise NotPossible(_("A customer has this agreement. Detach it there first."))
    agreement.refresh_from_db()
    audit.record(act, "attach agreement", tenant, after={"agreement": str(agreement)})
    granting.follow(agreement)


@transaction.atomic
def detach_agreement(agreement: Agreement, act: Act) -> None:
    """Take the agreement from its customer; the grant that followed it ends now."""
    tenant = agreement.tenant
    lock_family(agreement)
    if tenant is None or not Agreement.objects.filter(pk=agreement.pk, tenant=tenant).update(
        tenant=None
    ):
        raise NotPossible(_("No customer has this agreement, so there is nothing to detach."))
    Grant.objects.filter(agreement=agreement.source_name, tenant=tenant, ended_at=None).update(
        ended_at=timezone.now()
    )
    audit.record(act, "detach agreement", tenant, before={"agreement": str(agreement)})
    reconcile.request_reconcile(tenant)
    agreement.tenant = None


def find_customer(text: str) -> Tenant:
    """Return the open customer of this id or of this person. Raises NotPossible."""
    term = text.strip()
    person = Member.objects.filter(email=term.casefold(), left_at=None).values("tenant")
    rows = Tenant.objects.filter(Q(pk=term) | Q(pk__in=person), state=Tenant.State.ACTIVE)
    tenant = rows.first()
    if tenant is None:
        raise NotPossible(_("No open customer has this id or e-mail address."))
    return tenant
