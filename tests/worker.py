"""A worker for tests: real messages from the real queue, run one after another."""

import base64
import json
from typing import Any

from django.conf import settings

from adapters.aws import client
from portal.celery import app


def run_waiting_tasks(most: int = 500) -> int:
    """Run tasks until the queue is empty; return how many ran."""
    ran = 0
    while ran < most:
        messages = _take()
        if not messages:
            return ran
        for message in messages:
            name, arguments = _decoded(message["Body"])
            app.tasks[name](*arguments)
            _acknowledge(message)
            ran += 1
    raise AssertionError(f"more than {most} tasks: does one queue itself for ever?")


def waiting_tasks() -> list[tuple[str, list[Any]]]:
    """Take the messages without running them: they are lost, as a queue may lose them."""
    taken = []
    while messages := _take():
        for message in messages:
            taken.append(_decoded(message["Body"]))
            _acknowledge(message)
    return taken


def _take() -> list[dict[str, Any]]:
    answer = client("sqs").receive_message(
        QueueUrl=settings.TASKS_QUEUE_URL, MaxNumberOfMessages=10, WaitTimeSeconds=0
    )
    return list(answer.get("Messages", []))


def _acknowledge(message: dict[str, Any]) -> None:
    client("sqs").delete_message(
        QueueUrl=settings.TASKS_QUEUE_URL, ReceiptHandle=message["ReceiptHandle"]
    )


def _decoded(body: str) -> tuple[str, list[Any]]:
    if not body.startswith("{"):
        body = base64.b64decode(body).decode()
    envelope = json.loads(body)
    arguments, _, _ = json.loads(base64.b64decode(envelope["body"]))
    return envelope["headers"]["task"], arguments
