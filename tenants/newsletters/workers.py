"""Sending a worker to a newsletter platform."""

from backoffice.queueing import send_after_commit
from tenants.newsletters.rows import NewsletterConnection


def send_worker(connection: NewsletterConnection) -> None:
    from tenants.tasks import serve_newsletter  # tasks import what imports this module

    send_after_commit(serve_newsletter, connection.pk)
