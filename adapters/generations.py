"""How far a function is with a batch of codes: one item of the promo-codes table.

Its key, generation#<batch>, is one that no code can have: codes are upper case. The item keeps the
batch's secret seed until the batch is complete, and who works on it by a lease.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.aws import client, speaking_to
from adapters.clock import moment, timestamp
from adapters.definitions import name_of
from adapters.promo_codes import Item, moment_in, read_item, when

LEASE = timedelta(seconds=30)


@dataclass(frozen=True)
class Generation:
    """A batch that a function makes. Without a seed it is complete."""

    campaign: str
    batch: str
    prefix: str
    count: int
    max_uses: int
    created_at: datetime
    expires_at: datetime | None = None
    seed: str = field(default="", repr=False)
    next_chunk: int = 0


class NotOurs(Exception):
    """Somebody else has the lease, or the batch is complete."""


def begin(wish: Generation) -> Generation:
    """Write it down, unless the batch was begun before; return what stands there."""
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").put_item(
                TableName=name_of("promo-codes"),
                Item=_item_of(wish),
                ConditionExpression="attribute_not_exists(code)",
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException:
            pass
    return read(wish.batch)


def read(batch: str) -> Generation:
    """Return a batch that was begun, as it is now."""
    return _generation_of(read_item(_key(batch), consistent=True) or {})


def find(batch: str) -> Generation | None:
    """Return the batch, or None if no function has begun it."""
    item = read_item(_key(batch), consistent=True)
    return _generation_of(item) if item else None


def claim(batch: str, *, by: str, now: datetime) -> Generation:
    """Take the lease, or renew it, and return the batch as it is. Raises NotOurs."""
    return _change(
        batch,
        "SET leased_by = :me, leased_until = :until",
        "attribute_exists(seed) AND "
        "(attribute_not_exists(leased_by) OR leased_by = :me OR leased_until <= :now)",
        {":me": by, ":now": timestamp(now), ":until": timestamp(now + LEASE)},
    )


def note_chunk(batch: str, chunk: int, *, by: str) -> Generation:
    """Say that this chunk is done. Raises NotOurs."""
    return _change(
        batch,
        "SET next_chunk = :next",
        "leased_by = :me AND attribute_exists(seed)",
        {":me": by, ":next": chunk + 1},
    )


def complete(batch: str, *, by: str) -> Generation:
    """Forget the seed: nobody can derive the codes from here on. Raises NotOurs."""
    return _change(batch, "REMOVE seed, leased_by, leased_until", "leased_by = :me", {":me": by})


def give_back(batch: str, *, by: str) -> None:
    """End the lease, so that the next invocation need not wait for its end. Safe to repeat."""
    try:
        _change(batch, "REMOVE leased_by, leased_until", "leased_by = :me", {":me": by})
    except NotOurs:
        return


def _change(batch: str, changes: str, condition: str, values: dict[str, str | int]) -> Generation:
    typed = {name: _typed(value) for name, value in values.items()}
    with speaking_to("dynamodb"):
        try:
            answer = client("dynamodb").update_item(
                TableName=name_of("promo-codes"),
                Key={"code": {"S": _key(batch)}},
                UpdateExpression=changes,
                ConditionExpression=condition,
                ExpressionAttributeValues=typed,
                ReturnValues="ALL_NEW",
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            raise NotOurs from error
    return _generation_of(answer["Attributes"])


def _typed(value: str | int) -> Item:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def _key(batch: str) -> str:
    return f"generation#{batch}"


def _item_of(generation: Generation) -> Item:
    return {
        "code": {"S": _key(generation.batch)},
        # Not "campaign": whatever looks for the codes of a campaign must not find this.
        "of_campaign": {"S": generation.campaign},
        "prefix": {"S": generation.prefix},
        "count": {"N": str(generation.count)},
        "max_uses": {"N": str(generation.max_uses)},
        "created_at": {"S": timestamp(generation.created_at)},
        "seed": {"S": generation.seed},
        "next_chunk": {"N": str(generation.next_chunk)},
        **when("expires_at", generation.expires_at),
    }


def _generation_of(item: Item) -> Generation:
    return Generation(
        campaign=item["of_campaign"]["S"],
        batch=item["code"]["S"].removeprefix("generation#"),
        prefix=item["prefix"]["S"],
        count=int(item["count"]["N"]),
        max_uses=int(item["max_uses"]["N"]),
        created_at=moment(item["created_at"]["S"]),
        expires_at=moment_in(item, "expires_at"),
        seed=item.get("seed", {}).get("S", ""),
        next_chunk=int(item["next_chunk"]["N"]),
    )
