"""Items of DynamoDB about people and their customer, as plain values: for whoever asks for theirs.

Reading is in pages, so that nobody's usage is too much to be held.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from adapters.aws import client, speaking_to
from adapters.definitions import name_of
from adapters.errors import TryLater

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


def erase_marks(identity_hash: str) -> None:
    """Delete what bars this customer from a second use. Safe to repeat."""
    for mark in marks_of(identity_hash):
        with speaking_to("dynamodb"):
            client("dynamodb").delete_item(
                TableName=name_of("redemptions"),
                Key=_strings({name: mark[name] for name in ("code", "redeemed_by")}),
            )


def erase_from_use(code: str, identity_hash: str, *, taken_by: str) -> None:
    """Take the customer's marks out of a use, and out of what tells of one that was given back.

    The use stays, and so do the totals. Safe to repeat.
    """
    rows = [*_get("redemptions", {"code": code, "redeemed_by": taken_by})]
    rows += [row for row in _given_back(code) if row.get("released_from") == taken_by]
    for row in rows:
        marks = [mark for mark in row.get("marks", ()) if mark.split("/")[0] != identity_hash]
        if marks != row.get("marks", []):
            _replace_marks(row, marks)


def _replace_marks(row: Plain, marks: list[str]) -> None:
    """Somebody may give the use back meanwhile: then the next try finds it in its new place."""
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").update_item(
                TableName=name_of("redemptions"),
                Key=_strings({name: row[name] for name in ("code", "redeemed_by")}),
                UpdateExpression="SET marks = :marks",
                ConditionExpression="use_id = :id",
                ExpressionAttributeValues={
                    ":marks": {"L": [{"S": mark} for mark in marks]},
                    ":id": {"S": row["use_id"]},
                },
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            raise TryLater("dynamodb: a use was given back meanwhile") from error


def _given_back(code: str) -> Iterator[Plain]:
    pages = (
        client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=name_of("redemptions"),
            ConsistentRead=True,
            KeyConditionExpression="code = :code AND begins_with(redeemed_by, :released)",
            ExpressionAttributeValues={":code": {"S": code}, ":released": {"S": "released#"}},
        )
    )
    with speaking_to("dynamodb"):
        for page in pages:
            yield from map(_plain, page["Items"])


def usage_of(tenant_id: str) -> Iterator[Plain]:
    """Yield every record of the customer's usage: by the hour, and by request while it is kept."""
    yield from _query("usage", "tenant_id", tenant_id)


def _get(table: str, key: dict[str, str]) -> Iterator[Plain]:
    with speaking_to("dynamodb"):
        answer = client("dynamodb").get_item(
            TableName=name_of(table),
            Key=_strings(key),
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


def _strings(values: dict[str, str]) -> dict[str, Any]:
    return {name: {"S": value} for name, value in values.items()}


def _plain(item: dict[str, Any]) -> Plain:
    return {name: _without_decimals(_read_value(value)) for name, value in item.items()}


def _without_decimals(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [_without_decimals(each) for each in value]
    return value
