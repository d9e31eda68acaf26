"""SQS keeps a message as long as its queue says."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
import time_machine
from moto.sqs.models import Queue

DAYS = 4


@pytest.fixture
def queue(cloud):
    sqs = boto3.client("sqs")
    attributes = {"MessageRetentionPeriod": str(DAYS * 86_400)}
    return sqs.create_queue(QueueName="kept-for-days", Attributes=attributes)["QueueUrl"]


@pytest.mark.parametrize(("days", "is_there"), [(DAYS - 0.01, True), (DAYS + 0.01, False)])
def test_a_message_is_kept_for_the_days_of_its_queue(queue, days, is_there):
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="hello")

    with time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=True):
        answer = sqs.receive_message(QueueUrl=queue)

    assert bool(answer.get("Messages")) is is_there


def test_receiving_counts_no_messages(queue, monkeypatch):
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    counted = []
    monkeypatch.setattr(Queue, "attributes", property(counted.append))

    assert sqs.receive_message(QueueUrl=queue)["Messages"]

    assert counted == []
