"""Reading all uses of codes, for whoever rebuilds a copy of them. In parts, each a bounded read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from adapters import promo_codes, uses
from adapters.aws import client, speaking_to
from adapters.clock import moment
from adapters.code_reading import MOST_KEYS, read_codes
from adapters.definitions import name_of
from adapters.promo_codes import INDEX_SHARDS, Item

# Parts of the redemptions table, which has no index of campaigns.
TABLE_PARTS = 16
CODE_PARTS = INDEX_SHARDS


@dataclass(frozen=True)
class KnownUse:
    """A use for good, now or until `released_at`. Holds are none."""

    code: str
    campaign: str
    batch: str
    taken_by: str
    taken_at: datetime
    released_at: datetime | None = None


def uses_with_rows(part: int) -> Iterator[KnownUse]:
    """Yield the uses of one part of the redemptions table, those that were given back too."""
    pages = client("dynamodb").get_paginator("scan")
    with speaking_to("dynamodb"):
        for page in pages.paginate(
            TableName=name_of("redemptions"), Segment=part, TotalSegments=TABLE_PARTS
        ):
            yield from (_use_of(item) for item in page["Items"] if _is_use(item))


def uses_of_codes(campaign: str, part: int) -> Iterator[KnownUse]:
    """Yield the uses that stand on codes for one use, of one part of a campaign's codes.

    From an index that may lag behind by a moment; what it names is read anew.
    """
    pages = client("dynamodb").get_paginator("query")
    with speaking_to("dynamodb"):
        for page in pages.paginate(
            TableName=name_of("promo-codes"),
            IndexName="by-status",
            KeyConditionExpression="status_shard = :shard",
            ExpressionAttributeValues={":shard": {"S": f"{campaign}#used-up#{part}"}},
            PaginationConfig={"PageSize": MOST_KEYS},
        ):
            yield from _uses_on([item["code"]["S"] for item in page["Items"]])


def last_use(code: str, *, taken_by: str) -> KnownUse | None:
    """Return the use that stands, as it is now, or else the one that was given back last."""
    found = promo_codes.read_code(code, consistent=True)
    use = uses.read_use(found, taken_by=taken_by) if found else None
    if use and not use.held_until:
        return KnownUse(use.code, use.campaign, use.batch, taken_by, use.taken_at)
    released = [past for past in _given_back(code) if past.taken_by == taken_by]
    return max(released, key=lambda past: (past.released_at, past.taken_at), default=None)


def _given_back(code: str) -> Iterator[KnownUse]:
    pages = client("dynamodb").get_paginator("query")
    with speaking_to("dynamodb"):
        for page in pages.paginate(
            TableName=name_of("redemptions"),
            ConsistentRead=True,
            KeyConditionExpression="code = :code AND begins_with(redeemed_by, :released)",
            ExpressionAttributeValues={":code": {"S": code}, ":released": {"S": "released#"}},
        ):
            yield from (_use_of(item) for item in page["Items"] if _is_use(item))


def _uses_on(codes: list[str]) -> Iterator[KnownUse]:
    for found in read_codes(codes, consistent=True).values():
        if found.redeemed_by and found.redeemed_at and not found.held_until:
            yield KnownUse(
                found.code, found.campaign, found.batch, found.redeemed_by, found.redeemed_at
            )


def _is_use(item: Item) -> bool:
    """Customers' marks have no campaign, and a hold is not spent."""
    return "campaign" in item and "held_until" not in item


def _use_of(item: Item) -> KnownUse:
    was_released = "released_from" in item
    return KnownUse(
        code=item["code"]["S"],
        campaign=item["campaign"]["S"],
        batch=item["batch"]["S"],
        taken_by=item["released_from" if was_released else "redeemed_by"]["S"],
        taken_at=moment(item["redeemed_at"]["S"]),
        released_at=moment(item["released_at"]["S"]) if was_released else None,
    )
