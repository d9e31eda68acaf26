"""From a claim to a domain that is held: by the record in the DNS, or by the link in a mail."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from backoffice import audit
from backoffice.audit import Act
from tenants import reconcile
from tenants.domains import claiming, looking_times, telling
from tenants.domains.rows import Way
from tenants.errors import LinkExpired, LinkUnknown
from tenants.models import Domain, DomainClaim, Message, Tenant

LINK_LIFETIME = timedelta(days=2)
State = DomainClaim.State


def prove(row: DomainClaim, act: Act, *, way: Way, seen: str) -> bool:
    """Make the domain this customer's alone; `seen` says in words what proves it.

    Of several customers who prove one domain at the same moment one gets it, and the others are
    told. False if the claim came to nothing, here or before.
    """
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=row.tenant_id)
        is_closed = tenant.state == Tenant.State.CLOSED
        if not claiming.end(row, State.WITHDRAWN if is_closed else State.PROVED) or is_closed:
            return False
        row.refresh_from_db()
        held = _hold(row, way, seen)
        if held is None:
            DomainClaim.objects.filter(pk=row.pk).update(state=State.TAKEN)
            audit.record(act, "domain is another's", row.tenant, before={"domain": row.name})
            telling.tell(Message.Kind.DOMAIN_NOT_PROVED, row.tenant, claim=row)
            return False
        after = {"domain": row.name, "rule": held.rule, "way": str(way), "seen": seen}
        audit.record(act, "hold domain", row.tenant, after=after)
        reconcile.request_reconcile(row.tenant)
        telling.tell(Message.Kind.DOMAIN_PROVED, row.tenant, domain=held)
    return True


def mint_link(row: DomainClaim) -> str:
    """Return a new token; whatever came before it is void."""
    token = secrets.token_urlsafe(32)
    ends_at = timezone.now() + LINK_LIFETIME
    DomainClaim.objects.filter(pk=row.pk, state=State.WAITING).update(
        link_hash=_hash(token), link_ends_at=ends_at
    )
    return token


def find_claim(token: str) -> DomainClaim:
    """Return what the link is about. Raises LinkUnknown, also for one that was used or that a
    newer mail voided, or LinkExpired."""
    return claim_of(_hash(token))


def claim_of(link_hash: str) -> DomainClaim:
    """Return the claim that waits for this link. Raises as find_claim does."""
    waiting = DomainClaim.objects.filter(link_hash=link_hash, state=State.WAITING)
    row = waiting.exclude(link_hash="").select_related("tenant", "asked_by").first()
    if row is None:
        raise LinkUnknown
    if row.link_ends_at is None or timezone.now() >= min(row.link_ends_at, row.expires_at):
        raise LinkExpired
    return row


def confirm(row: DomainClaim) -> bool:
    """Whoever reads the domain's mail says yes; False if another customer has the domain by now."""
    act = Act(None, name=row.address)
    return prove(row, act, way=Way.MAIL, seen=f"link in a mail to {row.address}")


def refuse(row: DomainClaim) -> None:
    """Whoever reads the domain's mail says no: the claim is over."""
    with transaction.atomic():
        if claiming.end(row, State.REFUSED):
            act = Act(None, name=row.address)
            audit.record(act, "refuse domain claim", row.tenant, before={"domain": row.name})
            telling.tell(Message.Kind.DOMAIN_NOT_PROVED, row.tenant, claim=row)


def facts_of(message: Message) -> dict[str, Any]:
    """The link of the mail that is being sent: minted now, never kept."""
    if message.kind != Message.Kind.DOMAIN_LINK or message.domain_claim is None:
        return {}
    path = reverse("open_domain_link", args=(mint_link(message.domain_claim),))
    return {"claim": message.domain_claim, "link": f"{settings.PORTAL_URL}{path}"}


def _hold(row: DomainClaim, way: Way, seen: str) -> Domain | None:
    token = row.token if way == Way.DNS else ""
    try:
        with transaction.atomic():
            return Domain.objects.create(
                tenant=row.tenant, name=row.name, way=way, proof=seen[:500], token=token,
                look_at=timezone.now() + looking_times.LOOK_AGAIN if token else None,
            )  # fmt: skip
    except IntegrityError:
        return None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
