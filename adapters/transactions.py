"""DynamoDB transactions that wait out a conflict with another writer."""

import random
import time
from typing import Any

from botocore.exceptions import ClientError

from adapters.aws import client, speaking_to
from adapters.errors import OutsideError, Refused, TryLater

# Two transactions on one item do not queue: one of them fails. With full jitter these last about
# two seconds, which 64 writers of one shared code got through (tests/campaigns/test_races.py).
ATTEMPTS = 8
LONGEST_PAUSE_SECONDS = 1.0
_JITTER = random.SystemRandom()


class ConditionFailed(OutsideError):
    """A condition did not hold and nothing was written.

    `failed` are the places, from 0, of the actions whose condition did not hold. `items` has one
    entry for each action: the item that stood in the way where the action asked for it
    (ReturnValuesOnConditionCheckFailure), otherwise an empty dict.
    """

    def __init__(self, reasons: list[dict[str, Any]]) -> None:
        super().__init__("dynamodb TransactWriteItems: a condition did not hold")
        self.items = [reason.get("Item", {}) for reason in reasons]
        self.failed = frozenset(
            place
            for place, reason in enumerate(reasons)
            if reason.get("Code") == "ConditionalCheckFailed"
        )


def write_together(actions: list[dict[str, Any]], *, hurried: bool = False) -> None:
    """Write all or nothing; with `hurried`, by a client that waits half a second and no longer.

    A conflict with another transaction is waited out here, because neither boto3 nor PynamoDB
    repeats it. Raises ConditionFailed, or TryLater when others are still writing after all
    attempts.
    """
    dynamodb = client("dynamodb", hurried=True) if hurried else client("dynamodb")
    for attempt in range(ATTEMPTS):
        try:
            with speaking_to("dynamodb"):
                dynamodb.transact_write_items(TransactItems=actions)
            return
        except Refused as error:
            _raise_unless_conflict(error)
        if attempt + 1 < ATTEMPTS:
            pause_with_jitter(attempt)
    raise TryLater("dynamodb TransactWriteItems: others are writing the same items")


def pause_with_jitter(attempt: int) -> None:
    """Wait a random part of 50 ms, 100 ms, 200 ms … one second.

    Full jitter keeps writers out of step.
    """
    time.sleep(_JITTER.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.05 * 2**attempt)))


def _raise_unless_conflict(error: Refused) -> None:
    reasons = _cancellation_reasons(error)
    codes = {reason.get("Code", "None") for reason in reasons}
    if "ConditionalCheckFailed" in codes:
        raise ConditionFailed(reasons) from error
    if codes & {"ThrottlingError", "ProvisionedThroughputExceeded"}:
        raise TryLater("dynamodb TransactWriteItems: too busy") from error
    # Anything beside a conflict would fail again in the same way.
    if not codes or codes - {"None", "TransactionConflict"}:
        raise error


def _cancellation_reasons(error: Refused) -> list[dict[str, Any]]:
    cause: Any = error.__cause__
    if not isinstance(cause, ClientError):
        return []
    reasons: list[dict[str, Any]] = cause.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return reasons
