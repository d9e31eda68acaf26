"""Mails to the owners of an account about its e-mail domains."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from tenants import mail
from tenants.domains import looking_times
from tenants.models import Domain, DomainClaim, Member, Message, Tenant

Kind = Message.Kind
_KINDS = (
    Kind.DOMAIN_PROVED,
    Kind.DOMAIN_NOT_PROVED,
    Kind.DOMAIN_RECORD_LOST,
    Kind.DOMAIN_RELEASED,
)


def tell(
    kind: Message.Kind,
    tenant: Tenant,
    *,
    domain: Domain | None = None,
    claim: DomainClaim | None = None,
) -> None:
    """Promise it to each owner, within the transaction that makes it true."""
    for owner in tenant.members.filter(left_at=None, role=Member.Role.OWNER):
        message = Message.objects.create(
            kind=kind, to=owner.email, member=owner, domain=domain, domain_claim=claim
        )
        mail.send_worker(message)


def facts_of(message: Message) -> dict[str, Any]:
    """What the mail says is looked up when it is sent."""
    row = message.domain or message.domain_claim
    if message.kind not in _KINDS or row is None:
        return {}
    return {
        "domain": message.domain,
        "claim": message.domain_claim,
        "name": row.name,
        "company": row.tenant.company,
        "released_on": looking_times.released_at(message.domain) if message.domain else None,
        "domains_page": f"{settings.PORTAL_URL}{reverse('account_domains')}",
    }
