"""Dead letters for tests, given up by the queue itself: nothing here knows where they go."""

import base64
import json
from typing import Any

from django.conf import settings

from adapters import queues
from adapters.aws import client
from adapters.definitions import definition
from adapters.queues import DeadLetter

MOST_RECEIPTS = definition("queues")["tasks"]["max_receive_count"]


def a_message(
    task: Any = "tenants.tasks.deliver_message",
    args: Any = (4711,),
    *,
    headers: dict[str, Any] | None = None,
    **kwargs: Any,
) -> str:
    """A message as Celery writes it, also of tasks and with arguments that we do not have."""
    body = base64.b64encode(json.dumps([args, kwargs, {}]).encode()).decode()
    envelope = {"headers": {"id": "id-1", "task": task, **(headers or {})}, "body": body}
    return base64.b64encode(json.dumps(envelope).encode()).decode()


def give_up() -> None:
    """Let every message that waits fail as often as the queue allows, and once more."""
    for _ in range(MOST_RECEIPTS + 1):
        while messages := _take():
            for message in messages:
                _fail(message)
            if len(messages) < 10:
                break


def give_up_on(*bodies: str) -> None:
    """Send messages of our own wording, and give them up."""
    for body in bodies:
        client("sqs").send_message(QueueUrl=settings.TASKS_QUEUE_URL, MessageBody=body)
    give_up()


def put_dead(*bodies: str) -> None:
    """The short way, for many: straight into the dead-letter queue."""
    for body in bodies:
        client("sqs").send_message(QueueUrl=dead_queue(), MessageBody=body)


def dead_queue() -> str:
    return queues.dead_queue(settings.TASKS_QUEUE_URL)


def dead() -> list[DeadLetter]:
    return queues.dead_messages(dead_queue(), most=1000)


def _take() -> list[dict[str, Any]]:
    answer = client("sqs").receive_message(
        QueueUrl=settings.TASKS_QUEUE_URL, MaxNumberOfMessages=10, WaitTimeSeconds=0
    )
    return list(answer.get("Messages", []))


def _fail(message: dict[str, Any]) -> None:
    client("sqs").change_message_visibility(
        QueueUrl=settings.TASKS_QUEUE_URL,
        ReceiptHandle=message["ReceiptHandle"],
        VisibilityTimeout=0,
    )
