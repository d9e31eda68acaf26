"""Many items of DynamoDB by their keys, as they are at this moment, a call for each hundred."""

from collections.abc import Iterable
from typing import Any

from adapters.aws import client, speaking_to
from adapters.definitions import name_of
from adapters.errors import TryLater
from adapters.transactions import pause_with_jitter

READ_ATTEMPTS = 5
# AWS takes so many keys in one BatchGetItem.
MOST_READ = 100

Item = dict[str, Any]


def read_many(table: str, key: str, values: Iterable[str]) -> list[Item]:
    """Return the items of one table that there are, in no order; one `key` is asked for once.

    Raises TryLater when DynamoDB keeps some back.
    """
    wanted, name = sorted(set(values)), name_of(table)
    found: list[Item] = []
    for start in range(0, len(wanted), MOST_READ):
        keys = [{key: {"S": value}} for value in wanted[start : start + MOST_READ]]
        found += read_batch({name: {"Keys": keys, "ConsistentRead": True}}).get(name, [])
    return found


def read_batch(wanted: dict[str, Any]) -> dict[str, list[Item]]:
    """Return what one BatchGetItem asks for, by the names of the tables. Raises TryLater when
    DynamoDB keeps some back however often it is asked."""
    found: dict[str, list[Item]] = {}
    for attempt in range(READ_ATTEMPTS):
        with speaking_to("dynamodb"):
            answer = client("dynamodb").batch_get_item(RequestItems=wanted)
        for table, items in answer["Responses"].items():
            found.setdefault(table, []).extend(items)
        wanted = answer.get("UnprocessedKeys", {})
        if not wanted:
            return found
        pause_with_jitter(attempt)
    raise TryLater("dynamodb BatchGetItem: keys were left unprocessed")
