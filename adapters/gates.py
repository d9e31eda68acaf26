"""Gates: what redemption must know of a campaign, and the registry of generated prefixes.

Both live in the promo-codes table under keys that no code can have: codes are upper case.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.aws import client, speaking_to
from adapters.clock import moment, timestamp
from adapters.definitions import name_of
from adapters.promo_codes import Item, moment_in, read_item, when
from adapters.reading_many import read_many

# Under which gates stand in the index by-campaign: campaigns have ids of digits and a to f.
LISTED_AS = "gates"
ARCHIVED = "archived"


@dataclass(frozen=True)
class Gate:
    """What redemption must know of a campaign: one item, one read.

    `generation` grows with each change, so that an older write never wins over a newer one.
    `cap` is the most redemptions that all codes together may have, `access_days` how long a
    customer keeps the tier; None: no limit. `closed_batches` names the batches that are not open,
    `batch_ends` those whose codes end at another time than was written on them.
    """

    campaign: str
    name: str
    tier: str
    state: str
    generation: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    access_days: int | None = None
    cap: int | None = None
    once_per_customer: bool = False
    new_customers_only: bool = False
    confirm_first: bool = False
    allowed_domains: tuple[str, ...] = ()
    refused_domains: tuple[str, ...] = ()
    closed_batches: dict[str, str] = field(default_factory=dict)
    batch_ends: dict[str, datetime | None] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredGate:
    """A gate as it stands there, whoever wrote it: `gate` is None where redemption cannot read it,
    `generation` where that is no number."""

    campaign: str
    generation: int | None
    gate: Gate | None


def read_gate(campaign: str) -> Gate | None:
    """Return the campaign's gate as last written: a pause that was reported is always seen."""
    item = read_item(f"gate#{campaign}", consistent=True)
    return _gate_of(item) if item else None


def read_gates(campaigns: Iterable[str]) -> dict[str, StoredGate]:
    """Return the gates that there are, by campaign: a call for each 100 asked for. Raises
    TryLater."""
    items = read_many("promo-codes", "code", (f"gate#{campaign}" for campaign in campaigns))
    return {stored.campaign: stored for stored in map(_stored, items)}


def as_stored(gate: Gate) -> Gate:
    """Return the gate as it reads when it is written: times are kept to the second."""
    return _gate_of(_item_of(gate))


def replace_gate(gate: Gate, *, instead_of: StoredGate) -> None:
    """Write the gate even where a newer one is there, if that is still the one that was seen."""
    seen = instead_of.generation
    values = {":seen": {"N": str(seen)}}
    is_same = {"ConditionExpression": "generation = :seen", "ExpressionAttributeValues": values}
    _put_if(gate, is_same if seen is not None else {})


def close_gate(campaign: str) -> None:
    """Have every code of a campaign refused that we do not have. The rest of the gate stays as it
    is, for whoever brings the campaign back. Safe to repeat, and where there is no gate."""
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").update_item(
                TableName=name_of("promo-codes"),
                Key={"code": {"S": f"gate#{campaign}"}},
                UpdateExpression="SET #state = :archived",
                ConditionExpression="attribute_exists(code)",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={":archived": {"S": ARCHIVED}},
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException:
            return


def write_gate(gate: Gate) -> None:
    """Write the gate, unless a newer one is there. Safe to repeat, in any order."""
    _put_if(
        gate,
        {
            "ConditionExpression": "attribute_not_exists(code) OR generation <= :mine",
            "ExpressionAttributeValues": {":mine": {"N": str(gate.generation)}},
        },
    )


def _put_if(gate: Gate, condition: dict[str, Any]) -> None:
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").put_item(
                TableName=name_of("promo-codes"), Item=_item_of(gate), **condition
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


def _item_of(gate: Gate) -> Item:
    ends = {batch: timestamp(end) if end else "" for batch, end in gate.batch_ends.items()}
    return {
        "code": {"S": f"gate#{gate.campaign}"},
        "campaign_shard": {"S": LISTED_AS},
        "name": {"S": gate.name},
        "tier": {"S": gate.tier},
        "state": {"S": gate.state},
        "generation": {"N": str(gate.generation)},
        "once_per_customer": {"BOOL": gate.once_per_customer},
        "new_customers_only": {"BOOL": gate.new_customers_only},
        "confirm_first": {"BOOL": gate.confirm_first},
        "allowed_domains": {"L": [{"S": domain} for domain in gate.allowed_domains]},
        "refused_domains": {"L": [{"S": domain} for domain in gate.refused_domains]},
        "closed_batches": {"M": {k: {"S": v} for k, v in gate.closed_batches.items()}},
        "batch_ends": {"M": {k: {"S": v} for k, v in ends.items()}},
        **when("starts_at", gate.starts_at),
        **when("ends_at", gate.ends_at),
        **_number("access_days", gate.access_days),
        **_number("cap", gate.cap),
    }


def _stored(item: Item) -> StoredGate:
    try:
        gate = _gate_of(item)
    except (KeyError, ValueError):
        gate = None
    generation = item.get("generation", {}).get("N")
    campaign = item["code"]["S"].removeprefix("gate#")
    return StoredGate(campaign, int(generation) if generation else None, gate)


def _gate_of(item: Item) -> Gate:
    ends = {batch: end["S"] for batch, end in item["batch_ends"]["M"].items()}
    return Gate(
        campaign=item["code"]["S"].removeprefix("gate#"),
        name=item["name"]["S"],
        tier=item["tier"]["S"],
        state=item["state"]["S"],
        generation=int(item["generation"]["N"]),
        starts_at=moment_in(item, "starts_at"),
        ends_at=moment_in(item, "ends_at"),
        access_days=_number_in(item, "access_days"),
        cap=_number_in(item, "cap"),
        once_per_customer=item["once_per_customer"]["BOOL"],
        new_customers_only=item["new_customers_only"]["BOOL"],
        confirm_first=item["confirm_first"]["BOOL"],
        allowed_domains=tuple(domain["S"] for domain in item["allowed_domains"]["L"]),
        refused_domains=tuple(domain["S"] for domain in item["refused_domains"]["L"]),
        closed_batches={k: v["S"] for k, v in item["closed_batches"]["M"].items()},
        batch_ends={batch: moment(end) if end else None for batch, end in ends.items()},
    )


def _number(name: str, value: int | None) -> Item:
    return {} if value is None else {name: {"N": str(value)}}


def _number_in(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None
