"""PartiQL's INSERT, which never overwrites: moto's does, and fails on parameters."""

import re
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.exceptions import DynamodbException, MockValidationException
from moto.dynamodb.models import DynamoDBBackend

from localcloud.corrections import Corrections

corrections = Corrections()

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
_MOST_STATEMENTS = 25

_INSERT = re.compile(
    r"""\s*INSERT\s+INTO\s+"?(?P<table>[\w.-]+)"?\s+VALUE\s*\{(?P<pairs>.*)\}\s*;?\s*""",
    re.IGNORECASE | re.DOTALL,
)
_PAIR = re.compile(
    r"""\s*['"](?P<name>[^'"]+)['"]\s*:\s*"""
    r"""(?:(?P<parameter>\?)|'(?P<text>(?:[^']|'')*)'|(?P<number>-?[\d.]+))\s*(?:,|$)"""
)
_DUPLICATE = "Duplicate primary key exists in table"


class StatementRefused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class DuplicateItem(JsonRESTError):
    def __init__(self) -> None:
        super().__init__("DuplicateItemException", _DUPLICATE)


@corrections.of(DynamoDBBackend)
def batch_execute_statement(
    stock: Any, backend: Any, statements: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    if len(statements) > _MOST_STATEMENTS:
        raise MockValidationException(
            "1 validation error detected: Value at 'statements' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_MOST_STATEMENTS}"
        )
    return [_answer(stock, backend, statement) for statement in statements]


@corrections.of(DynamoDBBackend)
def execute_statement(
    stock: Any, backend: Any, statement: str, parameters: list[dict[str, Any]]
) -> Any:
    found = _INSERT.fullmatch(statement)
    if not found:
        return stock(backend, statement, parameters)
    try:
        _insert(backend, found, parameters)
    except StatementRefused as refusal:
        if refusal.code == "DuplicateItem":
            raise DuplicateItem from refusal
        raise MockValidationException(refusal.message) from refusal
    return []


def _answer(stock: Any, backend: Any, statement: dict[str, Any]) -> dict[str, Any]:
    found = _INSERT.fullmatch(statement["Statement"])
    if not found:
        answer: dict[str, Any] = stock(backend, [statement])[0]
        return answer
    try:
        _insert(backend, found, statement.get("Parameters", []))
    except StatementRefused as refusal:
        error = {"Code": refusal.code, "Message": refusal.message}
        return {"TableName": found["table"], "Error": error}
    return {"TableName": found["table"]}


def _insert(backend: Any, found: re.Match[str], parameters: list[dict[str, Any]]) -> None:
    table = backend.tables.get(found["table"])
    if table is None:
        raise StatementRefused("ResourceNotFound", "Requested resource not found")
    item = _item(found["pairs"], list(parameters))
    if any(name not in item for name in table.table_key_attrs):
        raise StatementRefused("ValidationError", "The item lacks a key attribute.")
    if backend.get_item(table.name, {name: item[name] for name in table.table_key_attrs}):
        raise StatementRefused("DuplicateItem", _DUPLICATE)
    try:
        table.put_item(item)
    except DynamodbException as error:
        raise StatementRefused("ValidationError", str(error.message)) from error


def _item(pairs: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    position = 0
    while position < len(pairs.rstrip()):
        pair = _PAIR.match(pairs, position)
        if not pair:
            raise StatementRefused("ValidationError", "Statement wasn't well formed")
        item[pair["name"]] = _value(pair, parameters)
        position = pair.end()
    if parameters:
        raise StatementRefused("ValidationError", "Number of parameters does not match")
    return item


def _value(pair: re.Match[str], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    if pair["parameter"]:
        if not parameters:
            raise StatementRefused("ValidationError", "Number of parameters does not match")
        return parameters.pop(0)
    if pair["number"]:
        return {"N": pair["number"]}
    return {"S": pair["text"].replace("''", "'")}
