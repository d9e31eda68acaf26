"""How often an attempt at a code ended in what way, counted by day. One counter each, one ADD.

A count that cannot be written at once is lost: it is never sent twice, so a number is never too
high, and nobody waits for a statistic.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from adapters.aws import client, speaking_to
from adapters.definitions import name_of

# A partition takes 1,000 writes a second, and all checks of a day are of that day.
PARTS = 8
# Copied to SQL within minutes; the rest is for a copy that was away for long.
KEPT = timedelta(days=60)


@dataclass(frozen=True)
class Outcome:
    """Of which code, by the public ids of its campaign and batch, what step ended in what way."""

    campaign: str
    batch: str
    step: str
    reason: str

    @property
    def key(self) -> str:
        return "#".join((self.campaign, self.batch, self.step, self.reason))


def count_outcome(outcome: Outcome, *, now: datetime) -> None:
    """Count it on its day (UTC), or raise within half a second."""
    with speaking_to("dynamodb"):
        client("dynamodb", hurried=True).update_item(
            TableName=name_of("outcomes"),
            Key={
                "day": {"S": _key(now.astimezone(UTC).date(), zlib.crc32(outcome.key.encode()))},
                "outcome": {"S": outcome.key},
            },
            UpdateExpression="ADD happened :one SET expires_at = :expires",
            ExpressionAttributeValues={
                ":one": {"N": "1"},
                ":expires": {"N": str(int((now + KEPT).timestamp()))},
            },
        )


def outcomes_on(day: date) -> Iterator[tuple[Outcome, int]]:
    """Yield what was counted on a day (UTC) so far, with its number."""
    pages = client("dynamodb").get_paginator("query")
    with speaking_to("dynamodb"):
        for part in range(PARTS):
            for page in pages.paginate(
                TableName=name_of("outcomes"),
                KeyConditionExpression="#day = :day",
                ExpressionAttributeNames={"#day": "day"},
                ExpressionAttributeValues={":day": {"S": _key(day, part)}},
            ):
                yield from map(_counted, page["Items"])


def _key(day: date, number: int) -> str:
    return f"{day:%Y-%m-%d}#{number % PARTS}"


def _counted(item: dict[str, Any]) -> tuple[Outcome, int]:
    return Outcome(*item["outcome"]["S"].split("#")), int(item["happened"]["N"])
