"""SQS: how much is waiting, and putting a message back for later."""

from adapters.aws import client, speaking_to

# SQS delays a message by 15 minutes at most; longer waits go in hops.
LONGEST_DELAY_SECONDS = 900


def waiting_messages(queue_url: str) -> int:
    """Return about how many messages wait to be taken."""
    with speaking_to("sqs"):
        answer = client("sqs").get_queue_attributes(
            QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"]
        )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def send_later(queue_url: str, body: str, *, seconds: float) -> None:
    """Send the message so that nobody sees it for this long, 15 minutes at most."""
    delay = min(LONGEST_DELAY_SECONDS, max(0, round(seconds)))
    with speaking_to("sqs"):
        client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, DelaySeconds=delay)
