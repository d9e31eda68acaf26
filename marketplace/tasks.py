"""Celery's door to the metering. A task that is lost, repeated or killed changes nothing."""

from celery import shared_task

from backoffice.queueing import send_after_commit
from marketplace.metering import running


@shared_task
def meter_usage() -> None:
    if running.meter():
        send_after_commit(meter_usage)
