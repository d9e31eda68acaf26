"""Items of DynamoDB about people and their customer, as plain values: for whoever asks for theirs.

Reading is in pages, so that nobody's usage is too much to be held.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from adapters.aws import client, speaking_to
from adapters.definitions import name_of

Plain = dict[str, Any]
_read_value = TypeDeserializer().deserialize


def permissions_of(user_ids: Iterable[str]) -> Iterator[Plain]:
    for user_id in user_ids:
        yield from _get("permissions", {"user_id": user_id})


def access_of(api_key_ids: Iterable[str]) -> Iterator[Plain]:
    for key_id in api_key_ids:
        yield from _get("access", {"api_key_id": key_id})


def use_of(code: str, *, taken_by: str) -> Iterator[Plain]:
    """Yield what stands of one use of a code: its row, or the code's own item."""
    row = list(_get("redemptions", {"code": code, "redeemed_by": taken_by}))
    yield from row
    if not row:
        items = _get("promo-codes", {"code": code})
        yield from (item for item in items if item.get("redeemed_by") == taken_by)


def marks_of(identity_hash: str) -> Iterator[Plain]:
    """Yield what bars a customer from a second use, by the hash of who they are."""
    yield from _query("redemptions", "code", f"customer#{identity_hash}")


def usage_of(tenant_id: str) -> Iterator[Plain]:
    """Yield every record of the customer's usage: by the hour, and by request while it is kept."""
    yield from _query("usage", "tenant_id", tenant_id)


def _get(table: str, key: dict[str, str]) -> Iterator[Plain]:
    with speaking_to("dynamodb"):
        answer = client("dynamodb").get_item(
            TableName=name_of(table),
            Key={name: {"S": value} for name, value in key.items()},
            ConsistentRead=True,
        )
    if "Item" in answer:
        yield _plain(answer["Item"])


def _query(table: str, key: str, value: str) -> Iterator[Plain]:
    pages = (
        client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=name_of(table),
            ConsistentRead=True,
            KeyConditionExpression="#key = :value",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={":value": {"S": value}},
        )
    )
    with speaking_to("dynamodb"):
        for page in pages:
            yield from map(_plain, page["Items"])


def _plain(item: dict[str, Any]) -> Plain:
    return {name: _without_decimals(_read_value(value)) for name, value in item.items()}


def _without_decimals(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [_without_decimals(each) for each in value]
    return value
