"""Batches of SQS: what is done is done once, what is not comes back alone, and waits are kept."""

import base64
import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from adapters.aws import client
from adapters.definitions import definition, name_of
from portal import lambda_worker
from portal.lambda_worker import consume
from tenants import tasks
from tenants.models import Message
from tests.dead_letters import a_message
from tests.worker import as_record, take_messages

pytestmark = pytest.mark.django_db(transaction=True)

MOST_RECEIPTS = definition("queues")["tasks"]["max_receive_count"]


@pytest.fixture
def delivered(monkeypatch):
    """What the tasks did, without customers: message 13 is one that no try can deliver."""
    done = []

    def deliver(message):
        if message.pk == 13:
            raise RuntimeError("poison")
        done.append(message.pk)

    monkeypatch.setattr(Message.objects, "get", lambda pk: Message(pk=pk))
    monkeypatch.setattr(tasks.mail, "deliver", deliver)
    return done


def batch():
    messages = take_messages()
    return messages, {"Records": [as_record(message) for message in messages]}


def kept(answer):
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def id_of(messages, argument):
    orders = {message["MessageId"]: lambda_worker.read(message["Body"]) for message in messages}
    return [message_id for message_id, order in orders.items() if order.args == [argument]]


def acknowledge(messages, kept_ids=()):
    """What SQS does with the answer: it deletes what is done and shows the rest again."""
    for message in messages:
        handle = {"QueueUrl": settings.TASKS_QUEUE_URL, "ReceiptHandle": message["ReceiptHandle"]}
        if message["MessageId"] in kept_ids:
            client("sqs").change_message_visibility(**handle, VisibilityTimeout=0)
        else:
            client("sqs").delete_message(**handle)


def dead_letters():
    url = client("sqs").get_queue_url(QueueName=name_of("tasks-dead"))["QueueUrl"]
    return client("sqs").receive_message(QueueUrl=url).get("Messages", [])


def with_headers(message, **headers):
    """The same message with other headers, as Celery would have written it."""
    envelope = json.loads(base64.b64decode(message["Body"]))
    envelope["headers"] |= headers
    return {**message, "Body": base64.b64encode(json.dumps(envelope).encode()).decode()}


def test_of_ten_messages_the_poisoned_one_comes_back_and_nine_are_done_once(delivered):
    for number in (1, 2, 3, 13, 5, 6, 7, 8, 9, 10):
        tasks.deliver_message.delay(number)
    messages, event = batch()

    answer = consume(event)

    assert len(messages) == 10
    assert kept(answer) == id_of(messages, 13)
    assert sorted(delivered) == [1, 2, 3, 5, 6, 7, 8, 9, 10]


def test_when_the_batch_comes_again_only_the_poisoned_one_is_in_it(delivered):
    for number in (1, 13, 2):
        tasks.deliver_message.delay(number)
    messages, event = batch()
    acknowledge(messages, kept(consume(event)))

    again, event = batch()
    consume(event)

    assert [lambda_worker.read(message["Body"]).args for message in again] == [[13]]
    assert sorted(delivered) == [1, 2]


def test_a_message_that_always_fails_ends_in_the_dead_letter_queue(delivered):
    tasks.deliver_message.delay(13)

    for _ in range(MOST_RECEIPTS):
        messages, event = batch()
        assert len(messages) == 1
        acknowledge(messages, kept(consume(event)))

    assert take_messages() == []
    [dead] = dead_letters()
    assert lambda_worker.read(dead["Body"]).args == [13]


def test_a_task_that_does_not_exist_is_left_to_the_dead_letter_queue(delivered, caplog):
    tasks.deliver_message.delay(1)
    [message] = take_messages()
    unknown = as_record(with_headers(message, task="tenants.tasks.gone"))

    answer = consume({"Records": [unknown]})

    assert kept(answer) == [message["MessageId"]]
    assert "there is no task called tenants.tasks.gone" in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        *("", "{}", "nonsense", "bm9uc2Vuc2U=", '{"headers": 1}', "[]"),
        a_message(task=["tenants.tasks.run_due"]),
        a_message(args="word"),
        a_message(headers={"eta": "tomorrow"}),
    ],
)
def test_what_nobody_can_read_is_left_to_the_dead_letter_queue(body):
    record = {"messageId": "message-1", "body": body}

    assert kept(consume({"Records": [record]})) == ["message-1"]


def test_a_task_that_is_due_later_waits_in_the_queue(delivered):
    tasks.deliver_message.apply_async([1], countdown=3)
    messages, event = batch()

    answer = consume(event)
    acknowledge(messages)

    assert (kept(answer), delivered, take_messages()) == ([], [], [])
    assert waiting_hidden() == 1


def test_a_task_that_waited_is_done_once_when_its_time_has_come(delivered):
    tasks.deliver_message.apply_async([1], countdown=2)
    messages, event = batch()
    consume(event)
    acknowledge(messages)

    answer = client("sqs").receive_message(QueueUrl=settings.TASKS_QUEUE_URL, WaitTimeSeconds=5)
    again = answer["Messages"]
    consume({"Records": [as_record(message) for message in again]})
    acknowledge(again)

    assert delivered == [1]
    assert take_messages() == []


def test_a_task_whose_time_is_past_is_done_at_once(delivered):
    tasks.deliver_message.delay(1)
    [message] = take_messages()
    past = (timezone.now() - timedelta(minutes=1)).isoformat()

    answer = consume({"Records": [as_record(with_headers(message, eta=past))]})

    assert (kept(answer), delivered) == ([], [1])


def test_a_wait_longer_than_sqs_can_delay_goes_in_hops(delivered, monkeypatch):
    waits = []
    monkeypatch.setattr(
        lambda_worker.queues, "client", lambda service: Recorder(client(service), waits)
    )
    tasks.deliver_message.apply_async([1], countdown=7200)
    _, event = batch()

    consume(event)

    assert (waits, delivered) == ([900], [])


class Recorder:
    """A client that notes the delay of what it sends."""

    def __init__(self, real, waits):
        self._real, self._waits = real, waits

    def send_message(self, **request):
        self._waits.append(request["DelaySeconds"])
        return self._real.send_message(**request)


def waiting_hidden():
    attributes = client("sqs").get_queue_attributes(
        QueueUrl=settings.TASKS_QUEUE_URL, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessagesDelayed"])
