"""Units of DynamoDB that a piece of work uses, counted at the local cloud, whoever sends the calls.

Items are smaller than 1 KB here, so each is one unit; each index that an item is in costs another
write, which is more than AWS takes where an update leaves the index as it was.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from moto.dynamodb.responses import DynamoHandler

from adapters.definitions import definition, name_of

_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}
_stock = DynamoHandler.call_action


@dataclass
class Units:
    writes: float = 0
    reads: float = 0

    def add(self, operation: str, body: dict[str, Any]) -> None:
        if operation in _WRITES:
            self.writes += _write(body["TableName"])
        elif operation == "GetItem":
            self.reads += 1 if body.get("ConsistentRead") else 0.5
        elif operation == "BatchGetItem":
            tables = body["RequestItems"].values()
            self.reads += sum(
                len(asked["Keys"]) * (1 if asked.get("ConsistentRead") else 0.5) for asked in tables
            )
        elif operation == "TransactWriteItems":
            parts = [part for item in body["TransactItems"] for part in item.values()]
            self.writes += sum(2 * _write(part["TableName"]) for part in parts)
        else:
            raise AssertionError(f"nobody has said what {operation} costs")


def _write(table: str) -> int:
    name = next(each for each in definition("tables") if name_of(each) == table)
    return 1 + len(definition("tables")[name]["indexes"])


@contextmanager
def consumed_units() -> Iterator[Units]:
    units = Units()

    def count(handler: Any) -> Any:
        operation = handler.headers["X-Amz-Target"].rpartition(".")[2]
        units.add(operation, json.loads(handler.body))
        return _stock(handler)

    with patch.object(DynamoHandler, "call_action", count):
        yield units
