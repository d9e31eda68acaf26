"""Answers that are kept, so that a call sent again with the same idempotency key is done once.

One item a key of a tenant. Whoever works on a call has a lease; that of a function that died ends,
and whoever comes next takes over. The answer is written in the transaction that meters the call
(`finishing`), so that no crash can leave one without the other.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.aws import client, speaking_to
from adapters.clock import timestamp
from adapters.definitions import name_of
from adapters.errors import TryLater

# Longer than a function may run.
LEASE = timedelta(seconds=35)
KEPT = timedelta(hours=24)

Item = dict[str, dict[str, str]]


class StillRunning(Exception):
    """Another call with this key is being worked on, or died less than a lease ago."""


class AnotherBody(Exception):
    """This key was first used with another body."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose call it is: the key's item and who holds its lease."""

    call: str
    by: str


def begin(tenant_id: str, key: str, *, body: str, by: str, now: datetime) -> Claim | dict[str, Any]:
    """Take the call, or return the answer that was kept. Raises StillRunning or AnotherBody.

    Whether an item is over is decided by its times and not by DynamoDB's TTL, which is days late.
    """
    call = f"{tenant_id}#{_digest(key)}"
    stored = _take(call, _digest(body), by, now)
    if stored is None:
        return Claim(call, by)
    if stored["body"]["S"] != _digest(body):
        raise AnotherBody
    if "answer" not in stored:
        raise StillRunning
    answer: dict[str, Any] = json.loads(stored["answer"]["S"])
    return answer


def finishing(claim: Claim, answer: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return the action of a transaction that keeps the answer, if the lease is still ours."""
    return {
        "Update": {
            "TableName": name_of("answers"),
            "Key": {"call": {"S": claim.call}},
            "UpdateExpression": "SET answer = :answer, expires_at = :expires"
            " REMOVE leased_by, leased_until",
            "ConditionExpression": "leased_by = :me",
            "ExpressionAttributeValues": {
                ":answer": {"S": json.dumps(answer)},
                ":expires": {"N": str(int((now + KEPT).timestamp()))},
                ":me": {"S": claim.by},
            },
        }
    }


def give_back(claim: Claim) -> None:
    """Forget the call, as if it had never come, if it has no answer and is ours. Safe to repeat."""
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").delete_item(
                TableName=name_of("answers"),
                Key={"call": {"S": claim.call}},
                ConditionExpression="leased_by = :me",
                ExpressionAttributeValues={":me": {"S": claim.by}},
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException:
            return


def _take(call: str, body: str, by: str, now: datetime) -> Item | None:
    """Write the item for us, or return the one that stands in the way."""
    seconds = str(int(now.timestamp()))
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").put_item(
                TableName=name_of("answers"),
                Item={
                    "call": {"S": call},
                    "body": {"S": body},
                    "leased_by": {"S": by},
                    "leased_until": {"S": timestamp(now + LEASE)},
                    "expires_at": {"N": str(int((now + KEPT).timestamp()))},
                },
                # Ours already, where boto3 sent the call again because an answer was lost.
                ConditionExpression="attribute_not_exists(#call) OR leased_by = :me"
                " OR expires_at <= :seconds OR (body = :body AND leased_until <= :now)",
                ExpressionAttributeNames={"#call": "call"},
                ExpressionAttributeValues={
                    ":me": {"S": by},
                    ":seconds": {"N": seconds},
                    ":body": {"S": body},
                    ":now": {"S": timestamp(now)},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            stored: Item | None = error.response.get("Item")
            if stored is None:
                raise TryLater("dynamodb PutItem: the item went away meanwhile") from error
            return stored
    return None


def _digest(text: str) -> str:
    # A body may carry half a character, which no encoding knows.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
