"""Whether a request fits the service's own model, which botocore carries; and how answers look.

https://smithy.io/2.0/spec/constraint-traits.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float, datetime),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


@dataclass(frozen=True)
class Violation:
    """`kind` is type, required, length, range, pattern or enum; `shape` the shape's name."""

    kind: str
    shape: str
    path: str
    words: str


def violations(value: Any, shape: Any, path: str = "") -> Iterator[Violation]:
    """Yield all that is wrong with a value. Members that the model does not know are passed over,
    as AWS does it."""
    if not _is_of_type(value, shape):
        yield Violation("type", shape.name, path, f"can not be converted to {shape.type_name}")
        return
    yield from _own(value, shape, path)
    if shape.type_name == "structure":
        yield from _members(value, shape, path)
    elif shape.type_name == "list":
        for place, item in enumerate(value, start=1):
            yield from violations(item, shape.member, f"{path}.{place}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from violations(key, shape.key, path)
            yield from violations(item, shape.value, f"{path}.{key}")


def _is_of_type(value: Any, shape: Shape) -> bool:
    if isinstance(value, bool):
        return shape.type_name == "boolean"
    return isinstance(value, _KINDS[shape.type_name])


def _members(value: dict[str, Any], shape: Any, path: str) -> Iterator[Violation]:
    for name, member in shape.members.items():
        below = f"{path}.{name}" if path else name
        if value.get(name) is not None:
            yield from violations(value[name], member, below)
        elif name in shape.required_members:
            yield Violation("required", member.name, below, "Member must not be null")


def _own(value: Any, shape: Any, path: str) -> Iterator[Violation]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    sized = isinstance(value, str | list | dict)
    size = len(value) if sized else value
    kind, what = ("length", "length ") if sized else ("range", "value ")
    if least is not None and size < least:
        words = f"Member must have {what}greater than or equal to {least}"
        yield Violation(kind, shape.name, path, words)
    if most is not None and size > most:
        words = f"Member must have {what}less than or equal to {most}"
        yield Violation(kind, shape.name, path, words)
    pattern, allowed = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern and isinstance(value, str) and not re.fullmatch(pattern, value):
        words = f"Member must satisfy regular expression pattern: {pattern}"
        yield Violation("pattern", shape.name, path, words)
    if allowed and value not in allowed:
        words = f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        yield Violation("enum", shape.name, path, words)


def read(value: Any, shape: Any) -> Any:
    """Return a fitting request in Python's kinds: times as times, members that the model knows."""
    if shape.type_name == "structure":
        known = {name: m for name, m in shape.members.items() if value.get(name) is not None}
        return {name: read(value[name], member) for name, member in known.items()}
    if shape.type_name == "list":
        return [read(item, shape.member) for item in value]
    if shape.type_name == "map":
        return {key: read(item, shape.value) for key, item in value.items()}
    if shape.type_name == "timestamp" and not isinstance(value, datetime):
        return datetime.fromtimestamp(value, UTC)
    return value


def shown(value: Any, shape: Any) -> Any:
    """Return an answer with nothing in it but what the model has; empty members are left out."""
    if shape.type_name == "structure":
        given = {name: item for name, item in value.items() if item is not None}
        return {name: shown(item, shape.members[name]) for name, item in given.items()}
    if shape.type_name == "list":
        return [shown(item, shape.member) for item in value]
    if shape.type_name == "map":
        return {key: shown(item, shape.value) for key, item in value.items()}
    return value
