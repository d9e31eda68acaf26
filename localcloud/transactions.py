"""TransactWriteItems as DynamoDB does it: all or nothing, once per token, sometimes in conflict."""

import copy
import json
import random
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import (
    DynamodbException,
    MultipleTransactionsException,
    TooManyTransactionsException,
    TransactionCanceledException,
    TransactWriteSingleOpException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from localcloud.corrections import Corrections

corrections = Corrections()

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_TOKEN_SECONDS = 600
_MOST_ITEMS = 100

_Reason = tuple[str, str, Any] | tuple[None, None, None]
_FINE: _Reason = (None, None, None)


@dataclass
class Weather:
    """How often a transaction meets another one on its way: from 0, never, to 1, always."""

    conflict_rate: float = 0.0


@dataclass
class Tokens:
    """The client request tokens of the last ten minutes, with what each one wrote."""

    _seen: OrderedDict[str, tuple[float, str]] = field(default_factory=OrderedDict)

    def already_done(self, token: str, request: str) -> bool:
        """Say whether the token has written this request. Raises if it wrote another one."""
        self._forget_old_ones()
        if token not in self._seen:
            return False
        if self._seen[token][1] != request:
            raise IdempotentParameterMismatch
        return True

    def remember(self, token: str, request: str) -> None:
        self._seen[token] = (time.monotonic(), request)

    def clear(self) -> None:
        self._seen.clear()

    def _forget_old_ones(self) -> None:
        oldest = time.monotonic() - _TOKEN_SECONDS
        while self._seen and next(iter(self._seen.values()))[0] < oldest:
            self._seen.popitem(last=False)


class IdempotentParameterMismatch(DynamodbException):
    def __init__(self) -> None:
        super().__init__(
            "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
            "Parameters do not match those of the request this token was first sent with.",
        )


WEATHER = Weather()
TOKENS = Tokens()


@corrections.of(DynamoHandler, "transact_write_items")
def write_once_per_token(stock: Any, handler: Any) -> Any:
    """Answer a repeated token without writing again. boto3 sends a token with every call."""
    token = handler.body.get("ClientRequestToken")
    request = json.dumps(handler.body["TransactItems"], sort_keys=True)
    if token and TOKENS.already_done(token, request):
        return ActionResult({"ConsumedCapacity": [], "ItemCollectionMetrics": {}})
    answer = stock(handler)
    if token:
        TOKENS.remember(token, request)
    return answer


@corrections.of(DynamoDBBackend, "transact_write_items")
def write_all_or_nothing(stock: Any, backend: Any, transact_items: list[dict[str, Any]]) -> None:
    """Look at every condition before the first write, so that a refusal changes nothing."""
    if len(transact_items) > _MOST_ITEMS:
        raise TooManyTransactionsException
    writes = [_Write.of(backend, item) for item in transact_items]
    if len({write.target for write in writes}) < len(writes):
        raise MultipleTransactionsException
    _meet_another_transaction(len(writes))
    _cancel_if_any([write.refusal() for write in writes])
    _write_all(writes)


def _meet_another_transaction(writes: int) -> None:
    if random.random() < WEATHER.conflict_rate:  # noqa: S311 - weather, not a secret
        conflict = ("TransactionConflict", "Transaction is ongoing for the item", None)
        raise TransactionCanceledException([conflict] + [_FINE] * (writes - 1))


def _cancel_if_any(reasons: list[_Reason]) -> None:
    if any(code for code, _, _ in reasons):
        raise TransactionCanceledException(reasons)


def _write_all(writes: list["_Write"]) -> None:
    before = [copy.deepcopy(write.current()) for write in writes]
    for place, write in enumerate(writes):
        try:
            write.apply()
        except DynamodbException as error:
            for written, item in zip(writes, before, strict=True):
                written.put_back(item)
            reasons = [_FINE] * len(writes)
            reasons[place] = ("ValidationError", str(error.message), None)
            raise TransactionCanceledException(reasons) from error


class _Write:
    """One of the operations of a transaction."""

    def __init__(self, backend: Any, kind: str, operation: dict[str, Any]) -> None:
        self._backend = backend
        self._kind = kind
        self._operation = operation
        self._table = backend.get_table(operation["TableName"])
        given = operation["Item"] if kind == "Put" else operation["Key"]
        self._key = {name: given[name] for name in self._table.table_key_attrs if name in given}

    @classmethod
    def of(cls, backend: Any, item: dict[str, Any]) -> "_Write":
        if len(item) != 1:
            raise TransactWriteSingleOpException
        ((kind, operation),) = item.items()
        return cls(backend, kind, operation)

    @property
    def target(self) -> str:
        return json.dumps([self._table.name, self._key], sort_keys=True)

    def current(self) -> Any:
        return self._backend.get_item(self._table.name, self._key)

    def refusal(self) -> _Reason:
        condition = get_filter_expression(
            self._operation.get("ConditionExpression"),
            self._operation.get("ExpressionAttributeNames"),
            self._operation.get("ExpressionAttributeValues"),
        )
        current = self.current()
        if condition.expr(current):
            return _FINE
        wanted = self._operation.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        item = current.to_json()["Attributes"] if wanted and current else None
        return ("ConditionalCheckFailed", "The conditional request failed", item)

    def apply(self) -> None:
        name, backend = self._table.name, self._backend
        if self._kind == "Put":
            backend.put_item(name, self._operation["Item"])
        elif self._kind == "Delete":
            backend.delete_item(name, self._key)
        elif self._kind == "Update":
            backend.update_item(
                name,
                self._key,
                update_expression=self._operation["UpdateExpression"],
                expression_attribute_names=self._operation.get("ExpressionAttributeNames"),
                expression_attribute_values=self._operation.get("ExpressionAttributeValues"),
            )

    def put_back(self, item: Any) -> None:
        hash_key, range_key = self._backend.get_keys_value(self._table, self._key)
        if item is None:
            self._table.delete_item(hash_key, range_key)
        elif range_key is None:
            self._table.items[hash_key] = item
        else:
            self._table.items[hash_key][range_key] = item
