"""Which customer an e-mail domain belongs to, and what its people are let in as."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from adapters.aws import client, speaking_to
from adapters.definitions import name_of
from adapters.reading_many import read_many


@dataclass(frozen=True, slots=True)
class DomainItem:
    """A domain that a customer has proved to be theirs. `joins_as` is the role of whoever signs up
    with an address of it; empty: nobody joins by themselves."""

    domain: str
    tenant_id: str
    joins_as: str


def read_domain(domain: str, *, hurried: bool = False) -> DomainItem | None:
    """Return whose domain it is now. With `hurried` half a second is waited for it."""
    with speaking_to("dynamodb"):
        answer = client("dynamodb", hurried=hurried).get_item(
            TableName=name_of("domains"),
            Key={"domain": {"S": domain.casefold()}},
            ConsistentRead=True,
        )
    return _item(answer["Item"]) if "Item" in answer else None


def read_domains(domains: Iterable[str]) -> dict[str, DomainItem]:
    """Return the items that there are, by their domains: a call for each 100 asked for. Raises
    TryLater."""
    return {item.domain: item for item in map(_item, read_many("domains", "domain", domains))}


def delete_domain(domain: str, *, tenant_id: str) -> None:
    """Delete it if it is this customer's, or names nobody; safe to repeat, and when it is another's
    by now."""
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").delete_item(
                TableName=name_of("domains"),
                Key={"domain": {"S": domain}},
                ConditionExpression="attribute_not_exists(tenant_id) OR tenant_id = :tenant",
                ExpressionAttributeValues={":tenant": {"S": tenant_id}},
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException:
            return


def write_domain(item: DomainItem) -> None:
    stored = {"domain": item.domain, "tenant_id": item.tenant_id, "joins_as": item.joins_as}
    with speaking_to("dynamodb"):
        client("dynamodb").put_item(
            TableName=name_of("domains"), Item={name: {"S": one} for name, one in stored.items()}
        )


def _item(stored: dict[str, Any]) -> DomainItem:
    """What somebody left out by hand is empty: it differs, and nobody joins by it."""
    names = ("domain", "tenant_id", "joins_as")
    return DomainItem(*(stored.get(name, {}).get("S", "") for name in names))
