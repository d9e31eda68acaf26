"""Sending a worker that asks the DNS."""

from backoffice.queueing import send_after_commit
from tenants.models import Domain, DomainClaim


def send_looker(row: DomainClaim | Domain) -> None:
    from tenants.tasks import look_at_claim, look_at_domain  # tasks import this package

    send_after_commit(look_at_claim if isinstance(row, DomainClaim) else look_at_domain, row.pk)
