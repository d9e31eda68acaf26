"""Sending tasks: after the commit, and never at the cost of the request that asked.

A message that cannot be sent is not lost work. The row says that work is due, and the sweep
(`run_due`) finds it within seconds of the queue's return.
"""

import logging
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

from adapters.aws import speaking_to
from adapters.errors import OutsideError

log = logging.getLogger(__name__)


def send_after_commit(task: "Task[..., Any]", *arguments: Any, delay: int = 0) -> None:
    """Send the task; SQS keeps it back for `delay` seconds, 900 at most."""
    transaction.on_commit(partial(_send, task, *arguments, delay=delay))


def _send(task: "Task[..., Any]", *arguments: Any, delay: int = 0) -> None:
    options: dict[str, Any] = {"delay_seconds": delay} if delay else {}
    try:
        with speaking_to("sqs"):
            task.apply_async(arguments, **options)
    except (OperationalError, OutsideError) as error:
        log.warning("queue unreachable, %s is left to the sweep: %s", task.name, error)
