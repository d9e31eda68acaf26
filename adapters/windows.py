"""How often somebody did something in a window of time: one counter item each, one write."""

from datetime import datetime, timedelta

from adapters.aws import client, speaking_to
from adapters.definitions import name_of

# TTL removes the item some time after its window; nothing depends on when.
KEPT = timedelta(hours=1)


def count_in_window(what: str, who: str, *, length: timedelta, now: datetime, by: int = 1) -> int:
    """Add to the count of this window and return it; `by=0` only asks.

    Windows start at multiples of their length. `who` is stored as it is given: pass a keyed hash
    of a person's address, not the address.
    """
    start, end = window_at(now, length)
    with speaking_to("dynamodb"):
        answer = client("dynamodb").update_item(
            TableName=name_of("windows"),
            Key=_key(what, who, start),
            UpdateExpression="ADD happened :by SET expires_at = :expires",
            ExpressionAttributeValues={
                ":by": {"N": str(by)},
                ":expires": {"N": str(end + int(KEPT.total_seconds()))},
            },
            ReturnValues="ALL_NEW",
        )
    return int(answer["Attributes"]["happened"]["N"])


def forget(what: str, who: str, *, length: timedelta, now: datetime) -> None:
    """Let this window begin again at nought. Safe to repeat."""
    start, _ = window_at(now, length)
    with speaking_to("dynamodb"):
        client("dynamodb").delete_item(TableName=name_of("windows"), Key=_key(what, who, start))


def window_at(now: datetime, length: timedelta) -> tuple[int, int]:
    """Return the first second of the window, and the first one after it."""
    seconds = int(length.total_seconds())
    start = int(now.timestamp()) // seconds * seconds
    return start, start + seconds


def _key(what: str, who: str, start: int) -> dict[str, dict[str, str]]:
    return {"window": {"S": f"{what}#{who}#{start}"}}
