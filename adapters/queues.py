"""SQS: how much is waiting."""

from adapters.aws import client, speaking_to


def waiting_messages(queue_url: str) -> int:
    """Return about how many messages wait to be taken."""
    with speaking_to("sqs"):
        answer = client("sqs").get_queue_attributes(
            QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"]
        )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])
