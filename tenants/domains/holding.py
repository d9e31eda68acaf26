"""Giving a customer a domain, its rule, and taking it away. AWS follows by the reconciler."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from campaigns.domains import NotADomain, ascii_domain
from tenants import reconcile
from tenants.domains.public import is_public
from tenants.errors import NotPossible
from tenants.models import Domain, DomainClaim, Tenant

# They stand in each token, which has room for 2 KB.
MOST_DOMAINS = 10


@transaction.atomic
def hold(tenant: Tenant, act: Act, *, name: str, rule: str) -> Domain:
    """Write down that the domain is this customer's; the act's reason is the proof that was seen.

    Raises NotPossible for what is no domain, a public one, one that is held, or one too many.
    """
    domain = read_name(name)
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    if tenant.state == Tenant.State.CLOSED:
        raise NotPossible(_("This account is closed."))
    proving = tenant.claims.filter(state=DomainClaim.State.WAITING).exclude(name=domain).count()
    if tenant.domains.filter(released_at=None).count() + proving >= MOST_DOMAINS:
        raise NotPossible(
            _("A customer has 10 domains at most, those being proved included. Release one first.")
        )
    try:
        with transaction.atomic():
            row = Domain.objects.create(
                tenant=tenant, name=domain, rule=rule, proof=act.reason[:500]
            )
    except IntegrityError as error:
        raise NotPossible(_("%(domain)s is a customer's already.") % {"domain": domain}) from error
    audit.record(act, "hold domain", tenant, after={"domain": domain, "rule": rule})
    reconcile.request_reconcile(tenant)
    return row


@transaction.atomic
def change_rule(row: Domain, act: Act, *, rule: str) -> None:
    """Raises NotPossible for a domain that was released."""
    if not Domain.objects.filter(pk=row.pk, released_at=None).update(rule=rule):
        raise NotPossible(_("This domain was released."))
    audit.record(
        act,
        "change domain rule",
        row.tenant,
        before={"domain": row.name, "rule": row.rule},
        after={"rule": rule},
    )
    reconcile.request_reconcile(row.tenant)


@transaction.atomic
def release(row: Domain, act: Act) -> None:
    """Nobody joins by it any more; whoever joined stays. Raises NotPossible if it was released."""
    held = Domain.objects.filter(pk=row.pk, released_at=None)
    if not held.update(released_at=timezone.now()):
        raise NotPossible(_("This domain was released."))
    audit.record(act, "release domain", row.tenant, before={"domain": row.name, "rule": row.rule})
    reconcile.request_reconcile(row.tenant)


def read_name(written: str) -> str:
    """Return the domain in the one spelling that counts. Raises NotPossible for what is none, or is
    everybody's."""
    try:
        domain = ascii_domain(written.strip().removesuffix("."))
    except NotADomain as error:
        raise NotPossible(
            _("This is no domain. It is what follows the @ of an address.")
        ) from error
    if is_public(domain):
        raise NotPossible(
            _("Anybody has an address at %(domain)s: it is no customer's.") % {"domain": domain}
        )
    return domain
