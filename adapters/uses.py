"""Uses of codes: taken for good or for a while, and given back, each by conditions alone.

A code for one use, in a campaign without further limits, is taken by one conditional update. Every
other use has a row of its own in the redemptions table: one transaction writes the code's counter,
that row, the marks that bar the customer from another use, and one part of the campaign's counter.
Giving back is the exact inverse of what the use wrote, and leaves a row that tells of it.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from adapters import use_items
from adapters.aws import client, speaking_to
from adapters.clock import moment, timestamp
from adapters.definitions import name_of
from adapters.promo_codes import Item, PromoCode, moment_in, read_item
from adapters.transactions import ConditionFailed, write_together
from adapters.use_items import Use, use_of

# A partition takes 1,000 writes a second and a transaction costs two: eight parts carry 4,000.
CAP_SHARDS = 8


class NotTaken(Exception):
    """Nothing was written: a limit is reached, or somebody else was faster."""


class CodeFull(NotTaken):
    """All uses of the code are taken, or there is no such code."""


class CapShardFull(NotTaken):
    """This part of the campaign's counter is full; another one may have room."""


class Marked(NotTaken):
    """The customer has a use in this scope already: of `code`, by `taken_by`."""

    def __init__(self, code: str, taken_by: str) -> None:
        super().__init__(code)
        self.code = code
        self.taken_by = taken_by


@dataclass(frozen=True)
class PastUse:
    """A use and, if it was, when it was given back."""

    use: Use
    released_at: datetime | None = None


def take(code: PromoCode, use: Use, *, cap_share: int = 0) -> Use:
    """Take one use and return it, or the one that `taken_by` has of this code already.

    `cap_share` is how many uses its part of the campaign's counter allows. Safe to repeat. Raises
    CodeFull, CapShardFull or Marked, and then nothing was written.
    """
    has_limits = bool(use.held_until or use.marks) or use.cap_shard is not None
    use = replace(
        use,
        taken_at=moment(timestamp(use.taken_at)),
        has_row=has_limits or code.is_shared,
        use_id=secrets.token_hex(8),
    )
    if not use.has_row:
        return _take_plainly(code, use)
    actions = [use_items.count_in_code(code, use), use_items.put_row(use)]
    actions += [use_items.put_mark(use, mark) for mark in use.marks]
    if use.cap_shard is not None:
        actions.append(use_items.count_in_cap(use, cap_share))
    try:
        write_together(actions)
    except ConditionFailed as error:
        # Looked up whatever failed: AWS need not name the row when the counter is full as well.
        mine = read_use(code, taken_by=use.taken_by)
        if mine is None:
            raise _why_not(error, use) from error
        return mine
    return use


def confirm(code: PromoCode, use: Use, *, at: datetime) -> Use | None:
    """Turn a hold into a use for good. Safe to repeat; None if the hold is not there any more.

    A hold that is past its time is good as long as nobody else wanted it.
    """
    try:
        write_together([use_items.confirm_row(use, at), use_items.confirm_in_code(code, at)])
    except ConditionFailed:
        mine = read_use(code, taken_by=use.taken_by)
        return mine if mine and not mine.held_until else None
    return replace(use, held_until=None, taken_at=moment(timestamp(at)))


def give_back(code: PromoCode, use: Use, *, at: datetime, only_expired: bool = False) -> bool:
    """Undo what this very use wrote. False, and no change, if it is not there any more.

    With `only_expired` a hold is undone whose time is over at `at`, and nothing else.
    """
    if only_expired and not use.held_until:
        return False
    actions = [use_items.uncount_in_code(code, use), use_items.put_history(use, at)]
    if use.has_row:
        actions.append(use_items.delete_row(use, expired_at=at if only_expired else None))
    actions += [use_items.delete_mark(use, mark) for mark in use.marks]
    if use.cap_shard is not None:
        actions.append(use_items.uncount_in_cap(use))
    try:
        write_together(actions)
    except ConditionFailed:
        return False
    return True


def read_use(code: PromoCode, *, taken_by: str) -> Use | None:
    """Return the use that this customer has of the code, if any, as it is now."""
    use = read_row(code.code, taken_by=taken_by)
    if use:
        return use
    item = {} if code.is_shared else read_item(code.code, consistent=True) or {}
    is_mine = item.get("redeemed_by", {}).get("S") == taken_by
    return use_of(item) if is_mine else None


def read_row(code: str, *, taken_by: str) -> Use | None:
    """Return the use if it has a row of its own: one read."""
    with speaking_to("dynamodb"):
        row: Item = client("dynamodb").get_item(
            TableName=name_of("redemptions"),
            Key=use_items.row_key(code, taken_by),
            ConsistentRead=True,
        )
    return use_of(row["Item"]) if "Item" in row else None


def uses_of(code: PromoCode, *, most: int) -> list[PastUse]:
    """Return uses of the code, those that were given back too, in no order."""
    with speaking_to("dynamodb"):
        rows = client("dynamodb").query(
            TableName=name_of("redemptions"),
            KeyConditionExpression="code = :code",
            ExpressionAttributeValues={":code": {"S": code.code}},
            Limit=most,
        )["Items"]
    found = [_past_use(row) for row in rows]
    item = {} if code.is_shared else read_item(code.code, consistent=True) or {}
    has_row = any(not past.released_at for past in found)
    if "redeemed_by" in item and not has_row:
        found.append(PastUse(use_of(item)))
    return found


def expired_holds(campaign: str, *, at: datetime) -> Iterator[Use]:
    """Yield holds in the campaign whose time is over.

    From an index that may lag behind: `give_back` decides whether one is still there.
    """
    pages = (
        client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=name_of("redemptions"),
            IndexName="by-hold",
            KeyConditionExpression="held_in = :campaign AND held_until <= :at",
            ExpressionAttributeValues={
                ":campaign": {"S": campaign},
                ":at": {"S": timestamp(at)},
            },
        )
    )
    with speaking_to("dynamodb"):
        for page in pages:
            yield from map(use_of, page["Items"])


def uses_in_cap(campaign: str) -> list[int]:
    """Return how many uses each part of the campaign's counter has, just now."""
    table = name_of("promo-codes")
    keys = [use_items.cap_key(campaign, shard) for shard in range(CAP_SHARDS)]
    with speaking_to("dynamodb"):
        answer = client("dynamodb").batch_get_item(
            RequestItems={table: {"Keys": keys, "ConsistentRead": True}}
        )
    # A part that AWS was too busy to read counts as unused: only a write decides.
    used = {item["code"]["S"]: int(item["uses"]["N"]) for item in answer["Responses"][table]}
    return [used.get(key["code"]["S"], 0) for key in keys]


def _take_plainly(code: PromoCode, use: Use) -> Use:
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").update_item(
                **use_items.count_in_code(code, use)["Update"],
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            found = error.response.get("Item") or {}
            is_mine = found.get("redeemed_by", {}).get("S") == use.taken_by
            mine = read_use(code, taken_by=use.taken_by) if is_mine else None
            if mine is None:
                raise CodeFull from error
            return mine
    return use


def _past_use(row: Item) -> PastUse:
    use, released_at = use_of(row), moment_in(row, "released_at")
    if released_at is None:
        return PastUse(use)
    return PastUse(replace(use, taken_by=row["released_from"]["S"]), released_at)


def _why_not(error: ConditionFailed, use: Use) -> NotTaken:
    """Name the limit that stood in the way. The actions: code, row, marks, part of the cap."""
    if 0 in error.failed:
        return CodeFull()
    marks = range(2, 2 + len(use.marks))
    holder = next((error.items[place] for place in marks if place in error.failed), None)
    if holder is None:
        return CapShardFull()
    return Marked(holder.get("use_code", {}).get("S", ""), holder.get("use_by", {}).get("S", ""))
