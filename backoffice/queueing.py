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


def send_after_commit(task: "Task[..., Any]", *arguments: Any) -> None:
    transaction.on_commit(partial(_send, task, *arguments))


def _send(task: "Task[..., Any]", *arguments: Any) -> None:
    try:
        with speaking_to("sqs"):
            task.delay(*arguments)
    except (OperationalError, OutsideError) as error:
        log.warning("queue unreachable, %s is left to the sweep: %s", task.name, error)
