"""Gates: what redemption must know of a campaign, and the registry of generated prefixes.

Both live in the promo-codes table under keys that no code can have: codes are upper case.
"""

from dataclasses import dataclass, field
from datetime import datetime

from adapters.aws import client, speaking_to
from adapters.definitions import name_of
from adapters.promo_codes import Item, moment_in, read_item, when


@dataclass(frozen=True)
class Gate:
    """What redemption must know of a campaign: one item, one read.

    `generation` grows with each change, so that an older write never wins over a newer one.
    """

    campaign: str
    name: str
    tier: str
    state: str
    generation: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    closed_batches: dict[str, str] = field(default_factory=dict)


def read_gate(campaign: str) -> Gate | None:
    """Return the campaign's gate as last written: a pause that was reported is always seen."""
    item = read_item(f"gate#{campaign}", consistent=True)
    return _gate_of(item) if item else None


def write_gate(gate: Gate) -> None:
    """Write the gate, unless a newer one is there. Safe to repeat, in any order."""
    item = {
        "code": {"S": f"gate#{gate.campaign}"},
        "name": {"S": gate.name},
        "tier": {"S": gate.tier},
        "state": {"S": gate.state},
        "generation": {"N": str(gate.generation)},
        "closed_batches": {"M": {k: {"S": v} for k, v in gate.closed_batches.items()}},
        **when("starts_at", gate.starts_at),
        **when("ends_at", gate.ends_at),
    }
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").put_item(
                TableName=name_of("promo-codes"),
                Item=item,
                ConditionExpression="attribute_not_exists(code) OR generation <= :mine",
                ExpressionAttributeValues={":mine": item["generation"]},
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException:
            return


def read_prefixes() -> frozenset[str]:
    """Return the prefixes under which codes were generated: they promise a check symbol."""
    item = read_item("prefixes", consistent=False) or {}
    return frozenset(item.get("prefixes", {}).get("SS", []))


def register_prefix(prefix: str) -> None:
    """Remember a prefix. Safe to repeat."""
    with speaking_to("dynamodb"):
        client("dynamodb").update_item(
            TableName=name_of("promo-codes"),
            Key={"code": {"S": "prefixes"}},
            UpdateExpression="ADD prefixes :new",
            ExpressionAttributeValues={":new": {"SS": [prefix]}},
        )


def _gate_of(item: Item) -> Gate:
    return Gate(
        campaign=item["code"]["S"].removeprefix("gate#"),
        name=item["name"]["S"],
        tier=item["tier"]["S"],
        state=item["state"]["S"],
        generation=int(item["generation"]["N"]),
        starts_at=moment_in(item, "starts_at"),
        ends_at=moment_in(item, "ends_at"),
        closed_batches={k: v["S"] for k, v in item["closed_batches"]["M"].items()},
    )
