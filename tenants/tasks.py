"""Celery's door to the services: fetch, call, nothing else.

Trouble is kept on the rows, with the moment of the next try; the sweep is what tries again, so a
task that is lost, repeated or killed changes nothing.
"""

from celery import shared_task

from tenants import mail, reconcile, sweep
from tenants.domains import looking
from tenants.drift import checking, repairing
from tenants.models import Difference, Domain, DomainClaim, Message, NewsletterConnection, Tenant
from tenants.newsletters import running as newsletters
from tenants.newsletters.workers import send_worker


@shared_task
def reconcile_tenant(tenant_id: str) -> None:
    reconcile.reconcile(Tenant.objects.get(pk=tenant_id))


@shared_task
def deliver_message(message_id: int) -> None:
    mail.deliver(Message.objects.get(pk=message_id))


@shared_task
def serve_newsletter(connection_id: int) -> None:
    connection = NewsletterConnection.objects.get(pk=connection_id)
    if newsletters.serve(connection):
        send_worker(connection)


@shared_task
def look_at_claim(claim_id: int) -> None:
    looking.look_at_claim(DomainClaim.objects.get(pk=claim_id))


@shared_task
def look_at_domain(domain_id: int) -> None:
    looking.look_at_domain(Domain.objects.get(pk=domain_id))


@shared_task
def look_for_drift() -> None:
    checking.check_if_due()


@shared_task
def remove_stray(difference_id: int) -> None:
    row = Difference.objects.filter(pk=difference_id).first()
    if row:
        repairing.remove(row)


@shared_task
def run_due() -> None:
    sweep.run_due()
