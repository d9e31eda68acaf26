"""Tables of this stage as files, in DynamoDB's own format of exports: gzipped JSON lines, one item
each with the types of its values, `{"Item": {"code": {"S": "…"}}}`.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.aws import client, speaking_to
from adapters.definitions import definition, name_of

Item = dict[str, Any]


def tables() -> list[str]:
    """Return the tables that are worth keeping: those with point-in-time recovery."""
    return [name for name, table in definition("tables").items() if table["point_in_time_recovery"]]


def export_table(table: str, folder: Path) -> int:
    """Write every item into `<folder>/<table>.json.gz`; return how many.

    It reads item by item, so what changes meanwhile may be in it as it was or as it is.
    """
    count = 0
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / f"{table}.json.gz", "wt", encoding="utf-8") as lines:
        for item in read_items(table):
            lines.write(json.dumps({"Item": item}, default=_as_text, sort_keys=True) + "\n")
            count += 1
    return count


def read_items(table: str) -> Iterator[Item]:
    with speaking_to("dynamodb"):
        pages = client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=name_of(table), ConsistentRead=True):
            yield from page["Items"]


def restore_table(table: str, folder: Path) -> tuple[int, int]:
    """Write the items of every file of this table that are not in it; return how many were written
    and how many were there.

    An item that is there is newer and stays: a spent code is never given back. Safe to repeat. The
    files are `<table>.json.gz`, or those of AWS's own export in `<table>/`.
    """
    written = kept = 0
    for path in sorted([*folder.glob(f"{table}.json.gz"), *folder.glob(f"{table}/**/*.json.gz")]):
        for item in _items_of(path):
            if _write(table, item):
                written += 1
            else:
                kept += 1
    return written, kept


def _items_of(path: Path) -> Iterator[Item]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield {name: _value_of(value) for name, value in json.loads(line)["Item"].items()}


def _write(table: str, item: Item) -> bool:
    """One at a time: BatchWriteItem knows no condition."""
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").put_item(
                TableName=name_of(table),
                Item=item,
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": definition("tables")[table]["hash_key"]},
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException:
            return False
    return True


def _as_text(value: Any) -> str:
    """Bytes are in base 64 there."""
    return base64.b64encode(bytes(value)).decode()


def _value_of(value: dict[str, Any]) -> dict[str, Any]:
    """Return a value as boto3 takes it: bytes as bytes, wherever they are."""
    [(kind, content)] = value.items()
    match kind:
        case "B":
            return {kind: base64.b64decode(content)}
        case "BS":
            return {kind: [base64.b64decode(each) for each in content]}
        case "L":
            return {kind: [_value_of(each) for each in content]}
        case "M":
            return {kind: {name: _value_of(each) for name, each in content.items()}}
    return value
