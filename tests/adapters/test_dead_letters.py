"""Messages that were given up: looked at, sent again, discarded, and never lost."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from django.conf import settings

from adapters import queues
from adapters.aws import client
from adapters.definitions import definition, name_of
from adapters.errors import OutsideError, TryLater
from adapters.queues import dead_messages, discard, held_messages, holding, redrive
from tests.dead_letters import MOST_RECEIPTS, dead, dead_queue, give_up_on, put_dead
from tests.outages import answering, failing, unreachable
from tests.worker import take_messages

TASKS = settings.TASKS_QUEUE_URL


def waiting_bodies():
    return [message["Body"] for message in take_messages()]


def bodies(letters):
    return [letter.body for letter in letters]


def test_the_dead_letter_queue_is_the_one_that_was_built():
    name = name_of(definition("queues")["tasks"]["dead_letter_queue"])

    assert dead_queue() == client("sqs").get_queue_url(QueueName=name)["QueueUrl"]


def test_an_empty_queue_has_no_dead_letters():
    assert dead() == []


def test_what_the_queue_gave_up_is_seen_with_its_facts():
    give_up_on("one")

    [letter] = dead()

    assert letter.body == "one"
    assert letter.receipts == MOST_RECEIPTS + 1, "the look counts"
    assert timedelta() <= datetime.now(UTC) - letter.sent_at < timedelta(minutes=1)


def test_a_look_leaves_everything_where_it_is_for_the_next():
    put_dead("one", "two")

    assert sorted(bodies(dead())) == sorted(bodies(dead())) == ["one", "two"]
    assert (queues.waiting_messages(dead_queue()), held_messages(dead_queue())) == (2, 0)


def test_more_than_one_call_can_carry_are_seen_once_each_and_oldest_first():
    put_dead(*(str(number) for number in range(23)))

    letters = dead()

    assert len({letter.message_id for letter in letters}) == len(letters) == 23
    assert letters == sorted(letters, key=lambda letter: letter.sent_at)


def test_no_more_are_taken_than_asked_for():
    put_dead(*(str(number) for number in range(15)))

    with holding(dead_queue(), most=12) as letters:
        assert (len(letters), held_messages(dead_queue())) == (12, 12)


def test_a_message_that_sqs_hands_out_twice_is_one():
    put_dead("one")
    [letter] = dead()
    message = {
        "MessageId": letter.message_id,
        "Body": "one",
        "ReceiptHandle": "any",
        "Attributes": {"SentTimestamp": "1700000000000", "ApproximateReceiveCount": "6"},
    }

    with answering("sqs", "ReceiveMessage", 200, {"Messages": [message]}) as asked:
        assert bodies(dead()) == ["one"]

    assert len(asked) == 2


def test_what_one_holds_the_other_does_not_see():
    put_dead("one")

    with holding(dead_queue(), most=10) as letters:
        assert dead() == []
        assert bodies(letters) == ["one"]


def test_what_was_held_is_given_back_even_if_the_work_fails():
    put_dead("one")

    with pytest.raises(RuntimeError), holding(dead_queue(), most=10):
        raise RuntimeError

    assert bodies(dead()) == ["one"]


def test_if_giving_back_fails_the_messages_come_back_by_themselves(monkeypatch):
    put_dead("one")
    monkeypatch.setattr(queues, "HELD_SECONDS", 1)

    with failing("sqs", "ChangeMessageVisibilityBatch", "AccessDenied"):
        assert bodies(dead()) == ["one"]

    answer = client("sqs").receive_message(QueueUrl=dead_queue(), WaitTimeSeconds=5)
    assert [message["Body"] for message in answer["Messages"]] == ["one"]


def test_a_redriven_message_is_back_in_its_queue_as_it_was():
    give_up_on('{"one": "✓"}')

    with holding(dead_queue(), most=10) as [letter]:
        redrive(dead_queue(), letter, to=TASKS)

    assert dead() == []
    assert waiting_bodies() == ['{"one": "✓"}']


def test_a_message_that_is_redriven_twice_is_there_twice_and_not_lost():
    put_dead("one")

    with holding(dead_queue(), most=10) as [letter]:
        redrive(dead_queue(), letter, to=TASKS)
        redrive(dead_queue(), letter, to=TASKS)

    assert dead() == []
    assert waiting_bodies() == ["one", "one"]


def test_a_message_that_cannot_be_sent_stays_dead():
    put_dead("one")

    with (
        failing("sqs", "SendMessage", "AccessDenied"),
        pytest.raises(OutsideError),
        holding(dead_queue(), most=10) as [letter],
    ):
        redrive(dead_queue(), letter, to=TASKS)

    assert bodies(dead()) == ["one"]
    assert waiting_bodies() == []


def test_a_message_that_cannot_be_deleted_is_in_both_queues():
    put_dead("one")

    with (
        failing("sqs", "DeleteMessage", "AccessDenied"),
        pytest.raises(OutsideError),
        holding(dead_queue(), most=10) as [letter],
    ):
        redrive(dead_queue(), letter, to=TASKS)

    assert bodies(dead()) == waiting_bodies() == ["one"]


def test_a_discarded_message_is_gone_and_the_others_are_not():
    put_dead("one", "two")

    with holding(dead_queue(), most=10) as letters:
        [one] = [letter for letter in letters if letter.body == "one"]
        discard(dead_queue(), one)
        discard(dead_queue(), one)

    assert bodies(dead()) == ["two"]
    assert waiting_bodies() == []


@pytest.mark.parametrize("count", [held_messages, lambda url: dead_messages(url, most=10)])
def test_a_queue_that_does_not_answer_says_try_later(count):
    error = EndpointConnectionError(endpoint_url=TASKS)

    with unreachable("sqs", error), pytest.raises(TryLater):
        count(dead_queue())


def test_what_a_broken_look_had_taken_is_given_back():
    put_dead(*(str(number) for number in range(15)))
    error = ReadTimeoutError(endpoint_url=TASKS)
    calls = []

    def after_the_first(request, **_):
        calls.append(request)
        if len(calls) > 1:
            raise error

    events = client("sqs").meta.events
    events.register_first("before-send.sqs.ReceiveMessage", after_the_first)
    with pytest.raises(TryLater):
        dead()
    events.unregister("before-send.sqs.ReceiveMessage", after_the_first)

    assert held_messages(dead_queue()) == 0


def test_no_word_of_a_message_is_in_what_a_log_would_say_of_it():
    put_dead("secret words")

    [letter] = dead()

    assert "secret" not in repr(letter)
    assert letter.handle not in repr(letter)
