"""A worker for tests: real messages from the real queue, run as Lambda runs them."""

from typing import Any

from django.conf import settings

from adapters.aws import client
from portal import lambda_worker
from portal.celery import app


def run_waiting_tasks(most: int = 500) -> int:
    """Run tasks until the queue is empty; return how many ran. None of them may raise."""
    app.loader.import_default_modules()  # as lambda_entry.py does
    ran = 0
    while ran < most:
        messages = take_messages()
        if not messages:
            return ran
        answer = lambda_worker.consume({"Records": [as_record(message) for message in messages]})
        assert answer == {"batchItemFailures": []}, "a task raised: see the log"
        for message in messages:
            acknowledge(message)
        ran += len(messages)
    raise AssertionError(f"more than {most} tasks: does one queue itself for ever?")


def waiting_tasks() -> list[tuple[str, list[Any]]]:
    """Take the messages without running them: they are lost, as a queue may lose them."""
    taken = []
    while messages := take_messages():
        for message in messages:
            order = lambda_worker.read(message["Body"])
            taken.append((order.task.name, order.args))
            acknowledge(message)
    return taken


def as_record(message: dict[str, Any]) -> dict[str, Any]:
    """Return a received message as SQS hands it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }


def take_messages() -> list[dict[str, Any]]:
    answer = client("sqs").receive_message(
        QueueUrl=settings.TASKS_QUEUE_URL, MaxNumberOfMessages=10, WaitTimeSeconds=0
    )
    return list(answer.get("Messages", []))


def acknowledge(message: dict[str, Any]) -> None:
    client("sqs").delete_message(
        QueueUrl=settings.TASKS_QUEUE_URL, ReceiptHandle=message["ReceiptHandle"]
    )
