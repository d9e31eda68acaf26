"""Celery's tasks on Lambda: what SQS hands over, run as a worker would run it.

SQS gives up to ten messages at a time. Those that could not be done are named in the answer, so
that SQS keeps them alone and the others are done once; after `max_receive_count` tries a message
goes to the dead-letter queue (infra/definitions/queues.json).
"""

import base64
import binascii
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from celery import Task, states
from celery.app.trace import build_tracer
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from adapters import queues
from portal.celery import app

log = logging.getLogger(__name__)

# Messages that are due within this are run at once: SQS counts delays in whole seconds.
SOON_SECONDS = 1.0


class Unreadable(Exception):
    """Nobody can run this message. With `task`: not until there is a task of that name."""

    def __init__(self, why: str, *, task: str = "") -> None:
        super().__init__(why)
        self.task = task


@dataclass(frozen=True)
class Order:
    """What a message asks for. `eta` is when a retry wants to be run, if it is one."""

    task: "Task[..., Any]"
    task_id: str
    args: list[Any]
    kwargs: dict[str, Any]
    headers: dict[str, Any]
    eta: datetime | None


def consume(event: dict[str, Any]) -> dict[str, Any]:
    """Run the records of an SQS event; answer which of them SQS must keep.

    The event source mapping needs ReportBatchItemFailures, or this answer is ignored.
    """
    kept = [record["messageId"] for record in event["Records"] if not _is_done(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in kept]}


def _is_done(record: dict[str, Any]) -> bool:
    try:
        order = read(record["body"])
    except Unreadable as error:
        log.error("message %s is left to the dead-letter queue: %s", record["messageId"], error)
        return False
    wait = (order.eta - timezone.now()).total_seconds() if order.eta else 0
    if wait > SOON_SECONDS:
        # Sent before this copy is given up: it may run twice, but never not at all.
        queues.send_later(settings.TASKS_QUEUE_URL, record["body"], seconds=wait)
        return True
    return _run(order)


def _run(order: Order) -> bool:
    """Run one task as Celery's worker does; False if it raised. A retry has queued itself."""
    close_old_connections()
    request = {
        **order.headers,
        "args": order.args,
        "kwargs": order.kwargs,
        "is_eager": False,
        "called_directly": False,
    }
    tracer = build_tracer(order.task.name, order.task, app=app, propagate=False)
    result = tracer(order.task_id, order.args, order.kwargs, request)
    close_old_connections()
    return result.info is None or result.info.state != states.FAILURE


def read(body: str) -> Order:
    """Decode a message as kombu's SQS transport writes it. Raises Unreadable."""
    try:
        envelope = json.loads(body if body.startswith("{") else base64.b64decode(body))
        headers = envelope["headers"]
        args, kwargs, _embedded = json.loads(base64.b64decode(envelope["body"]))
        task_id, name, eta = headers["id"], str(headers["task"]), _moment(headers.get("eta"))
        # Both are unpacked when the task is called, and a word would be unpacked into its letters.
        args, kwargs = _only(list, args), _only(dict, kwargs)
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"not one of Celery's messages ({type(error).__name__})") from error
    if name not in app.tasks:
        raise Unreadable(f"there is no task called {name[:80]}", task=name)
    return Order(app.tasks[name], task_id, args, kwargs, headers, eta)


def _only(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} expected")
    return value


def _moment(eta: str | None) -> datetime | None:
    if not eta:
        return None
    moment = datetime.fromisoformat(eta)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
