"""The queue: how much waits, and putting something back for later."""

import json

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings

from adapters.aws import client
from adapters.errors import TryLater
from adapters.queues import LONGEST_DELAY_SECONDS, send_later, waiting_messages
from tests.outages import answering, unreachable


def messages():
    answer = client("sqs").receive_message(QueueUrl=settings.TASKS_QUEUE_URL)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_an_empty_queue_has_nothing_waiting():
    assert waiting_messages(settings.TASKS_QUEUE_URL) == 0


def test_what_was_sent_waits():
    send_later(settings.TASKS_QUEUE_URL, "one", seconds=0)
    send_later(settings.TASKS_QUEUE_URL, "two", seconds=0)

    assert waiting_messages(settings.TASKS_QUEUE_URL) == 2


def test_a_message_is_kept_as_it_is():
    send_later(settings.TASKS_QUEUE_URL, '{"one": "✓"}', seconds=0)

    assert messages() == ['{"one": "✓"}']


def test_a_delayed_message_is_not_seen_yet():
    send_later(settings.TASKS_QUEUE_URL, "later", seconds=60)

    assert messages() == []


@pytest.mark.parametrize(
    ("seconds", "delay"),
    [(-5, 0), (0.4, 0), (59.6, 60), (900, 900), (86_400, LONGEST_DELAY_SECONDS)],
)
def test_a_delay_is_whole_seconds_up_to_the_longest_that_sqs_knows(seconds, delay):
    with answering("sqs", "SendMessage", 200, {"MessageId": "1"}) as sent:
        send_later(settings.TASKS_QUEUE_URL, "later", seconds=seconds)

    assert json.loads(sent[0])["DelaySeconds"] == delay


@pytest.mark.parametrize(
    "call",
    [waiting_messages, lambda url: send_later(url, "later", seconds=1)],
    ids=["waiting_messages", "send_later"],
)
def test_a_queue_that_does_not_answer_says_try_later(call):
    error = EndpointConnectionError(endpoint_url=settings.TASKS_QUEUE_URL)

    with unreachable("sqs", error), pytest.raises(TryLater):
        call(settings.TASKS_QUEUE_URL)
