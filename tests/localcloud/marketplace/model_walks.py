"""Walks through the models of AWS: whole requests, and each of them with one thing wrong."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.localcloud.marketplace.conftest import CONTRACT

_FITTING = {
    "ProductCode": CONTRACT,
    "LicenseArn": "arn:aws:license-manager::111122223333:license/l-0a1b",
    "UsageQuantityAsDecimalString": "1.5",
    "AllocatedUsageQuantityAsDecimalString": "1.5",
    "CustomerAWSAccountId": "111122223333",
}
_UNFITTING = ("", " ", "ü", "!", "a\nb", "x" * 20, "-", "7" * 20)
_OF_ANOTHER_TYPE: dict[str, Any] = {"structure": "no", "map": "no", "list": "no", "string": 7}


@dataclass(frozen=True)
class Wrong:
    """A request in which one constraint of one shape is violated."""

    kind: str
    shape: str
    path: str
    request: dict[str, Any]


def example_of(shape: Any) -> Any:
    """Return a value with all members, and one item in each list."""
    if shape.type_name == "structure":
        return {name: example_of(member) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [example_of(shape.member)]
    if shape.type_name == "map":
        return {example_of(shape.key): example_of(shape.value)}
    if shape.type_name == "string":
        return (shape.metadata.get("enum") or [_FITTING.get(shape.name, "abc")])[0]
    numbers = {"boolean": True, "timestamp": datetime(2026, 6, 1, tzinfo=UTC).timestamp()}
    return numbers.get(shape.type_name, shape.metadata.get("min", 1))


def wrong_requests(shape: Any) -> Iterator[Wrong]:
    """Yield one request for each constraint that the shape of a request has, at any depth."""
    whole = example_of(shape)
    for path, kind, member, value in _mistakes(shape, whole, ()):
        if path:
            name = ".".join(str(step) for step in path if isinstance(step, str))
            yield Wrong(kind, member.name, name, _with(whole, path, value))


def _mistakes(shape: Any, value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield path, "type", shape, _OF_ANOTHER_TYPE.get(shape.type_name, "no")
    for kind, wrong in _own_mistakes(shape, value):
        yield path, kind, shape, wrong
    if shape.type_name == "structure":
        for name in shape.required_members:
            yield (*path, name), "required", shape.members[name], None
        for name, member in shape.members.items():
            yield from _mistakes(member, value[name], (*path, name))
    if shape.type_name == "list":
        yield from _mistakes(shape.member, value[0], (*path, 0))
    if shape.type_name == "map":
        ((key, item),) = value.items()
        if shape.key.metadata.get("enum"):
            yield path, "enum", shape.key, {"NOTHING": item}
        yield from _mistakes(shape.value, item, (*path, key))


def _own_mistakes(shape: Any, value: Any) -> Iterator[tuple[str, Any]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    kind = "length" if isinstance(value, str | list) else "range"
    if least:
        yield kind, value[: least - 1] if kind == "length" else least - 1
    if least == 0 and kind == "range":
        yield kind, -1
    if most is not None:
        yield kind, value * (most + 1) if kind == "length" else most + 1
    if shape.metadata.get("enum"):
        yield "enum", "NOTHING"
    pattern = shape.metadata.get("pattern")
    for text in _UNFITTING if pattern else ():
        if (least or 0) <= len(text) <= (most or 999) and not re.fullmatch(pattern, text):
            yield "pattern", text
            return


def _with(whole: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(whole)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


def members_of(shape: Any, path: str = "") -> set[str]:
    """Return the paths of all members that an answer may have."""
    if shape.type_name == "list":
        return members_of(shape.member, path)
    if shape.type_name != "structure":
        return set()
    found = set()
    for name, member in shape.members.items():
        found |= {f"{path}.{name}"} | members_of(member, f"{path}.{name}")
    return found


def members_in(value: Any, path: str = "") -> set[str]:
    """Return the paths of the members that an answer has."""
    if isinstance(value, list):
        return {name for item in value for name in members_in(item, path)}
    if not isinstance(value, dict):
        return set()
    found = set()
    for name, item in value.items():
        found |= {f"{path}.{name}"} | members_in(item, f"{path}.{name}")
    return found
