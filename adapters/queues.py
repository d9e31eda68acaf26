"""SQS: how much is waiting, putting a message back for later, and messages that were given up."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from adapters.aws import client, speaking_to
from adapters.definitions import definition, name_of
from adapters.errors import OutsideError

# SQS delays a message by 15 minutes at most; longer waits go in hops.
LONGEST_DELAY_SECONDS = 900
# SQS hands over and takes back ten messages a call.
MOST_A_CALL = 10
# A little longer than a request lives behind API Gateway (29 s): what a dead request held is seen
# again after this.
HELD_SECONDS = 30


@dataclass(frozen=True)
class DeadLetter:
    """A message that was given up, as we hold it.

    `sent_at` is when it was sent first: being given up does not change it. `receipts` counts how
    often it was handed out in all its life, and every look of ours too. The handle is that of the
    last look; only with it can the message be deleted.
    """

    message_id: str
    body: str = field(repr=False)
    sent_at: datetime
    receipts: int
    handle: str = field(repr=False)


@cache
def address_of(thing: str, *, hurried: bool = False) -> str:
    """Return the address of one of our queues (infra/definitions/queues.json), asked for once."""
    with speaking_to("sqs"):
        answer = client("sqs", hurried=hurried).get_queue_url(QueueName=name_of(thing))
    return str(answer["QueueUrl"])


def waiting_messages(queue_url: str) -> int:
    """Return about how many messages wait to be taken."""
    return _count(queue_url, "ApproximateNumberOfMessages")


def held_messages(queue_url: str) -> int:
    """Return about how many messages somebody holds, hidden from everybody else."""
    return _count(queue_url, "ApproximateNumberOfMessagesNotVisible")


def _count(queue_url: str, attribute: str) -> int:
    with speaking_to("sqs"):
        answer = client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=[attribute])
    return int(answer["Attributes"][attribute])


def send_later(queue_url: str, body: str, *, seconds: float) -> None:
    """Send the message so that nobody sees it for this long, 15 minutes at most."""
    delay = min(LONGEST_DELAY_SECONDS, max(0, round(seconds)))
    with speaking_to("sqs"):
        client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, DelaySeconds=delay)


def beside(queue_url: str, thing: str) -> str:
    """Return the address of another queue of the stage: the same with another name at the end."""
    account, _, _ = queue_url.rpartition("/")
    return f"{account}/{name_of(thing)}"


def dead_queue(queue_url: str, *, thing: str = "tasks") -> str:
    """Return the address of the dead-letter queue of a queue of the stage."""
    return beside(queue_url, definition("queues")[thing]["dead_letter_queue"])


def dead_messages(queue_url: str, *, most: int) -> list[DeadLetter]:
    """Look at up to `most` messages and leave them where they are, the one sent first in front.

    SQS cannot look without taking. A look takes one call for each ten messages and another to
    give them back, counts as a receipt of each, and while it lasts nobody else sees them. Of a
    queue that holds more than `most`, which ones are seen is for SQS to choose.
    """
    with holding(queue_url, most=most) as letters:
        return letters


@contextmanager
def holding(queue_url: str, *, most: int) -> Iterator[list[DeadLetter]]:
    """Hold up to `most` messages, each once; whatever is not deleted meanwhile is given back."""
    held: dict[str, DeadLetter] = {}
    try:
        _take(queue_url, most, held)
        yield sorted(held.values(), key=lambda letter: letter.sent_at)
    finally:
        _give_back(queue_url, list(held.values()))


def _take(queue_url: str, most: int, held: dict[str, DeadLetter]) -> None:
    expected = min(most, waiting_messages(queue_url))
    while len(held) < most:
        # A short poll asks only some of SQS's servers: as long as more is expected, ask them all.
        wait = 1 if len(held) < expected else 0
        letters = _receive(queue_url, min(MOST_A_CALL, most - len(held)), wait)
        news = [letter for letter in letters if letter.message_id not in held]
        held.update({letter.message_id: letter for letter in letters})
        if not news:
            return


def _receive(queue_url: str, most: int, wait_seconds: int) -> list[DeadLetter]:
    with speaking_to("sqs"):
        answer = client("sqs").receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=most,
            WaitTimeSeconds=wait_seconds,
            VisibilityTimeout=HELD_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
        )
    return [_letter(message) for message in answer.get("Messages", [])]


def _letter(message: dict[str, Any]) -> DeadLetter:
    facts = message["Attributes"]
    return DeadLetter(
        message_id=message["MessageId"],
        body=message["Body"],
        sent_at=datetime.fromtimestamp(int(facts["SentTimestamp"]) / 1000, UTC),
        receipts=int(facts["ApproximateReceiveCount"]),
        handle=message["ReceiptHandle"],
    )


def _give_back(queue_url: str, letters: list[DeadLetter]) -> None:
    """Let everybody see them again at once; SQS passes over those that are deleted."""
    for first in range(0, len(letters), MOST_A_CALL):
        entries = [
            {"Id": str(number), "ReceiptHandle": letter.handle, "VisibilityTimeout": 0}
            for number, letter in enumerate(letters[first : first + MOST_A_CALL])
        ]
        # If SQS does not answer, they are seen again by themselves after HELD_SECONDS.
        with suppress(OutsideError), speaking_to("sqs"):
            client("sqs").change_message_visibility_batch(QueueUrl=queue_url, Entries=entries)


def redrive(queue_url: str, letter: DeadLetter, *, to: str) -> None:
    """Send the message to the queue `to` as if it were new, then delete it here.

    In this order it may run twice, and is never lost.
    """
    send_later(to, letter.body, seconds=0)
    discard(queue_url, letter)


def discard(queue_url: str, letter: DeadLetter) -> None:
    """Delete the message for good. Safe to repeat, as long as it is held."""
    with speaking_to("sqs"):
        client("sqs").delete_message(QueueUrl=queue_url, ReceiptHandle=letter.handle)
