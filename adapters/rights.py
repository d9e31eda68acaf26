"""What an API key may do now (access) and what a person may do (permissions), as the gateway reads.

The reconciler writes both. Every write is a whole item, so each function may be repeated.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from adapters.aws import client, speaking_to
from adapters.clock import moment, timestamp
from adapters.definitions import name_of
from adapters.reading_many import read_batch, read_many
from adapters.transactions import write_together

State = Literal["open", "closed"]
# Nothing covers the customer today: their people come into the account, and not to the API.
PersonState = Literal["open", "lapsed", "closed"]
StoredItem = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class AccessItem:
    """What an API key may do now; `billing_source` names the one agreement or grant that pays.

    From `ends_at` on, a whole second, the key is refused, whoever is late to withdraw it.
    """

    api_key_id: str
    tenant_id: str
    state: State
    tier: str
    reason: str
    billing_source: str
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PermissionItem:
    """What a person may do; `user_id` is their Cognito sub."""

    user_id: str
    tenant_id: str
    role: str
    permissions: tuple[str, ...]
    domains: tuple[str, ...]
    tier: str
    state: PersonState

    def __post_init__(self) -> None:
        # They are stored and sent as one string: a space inside a word would grant a second one.
        for word in self.permissions + self.domains:
            if word.split() != [word]:
                raise ValueError(f"{word!r} is not one word")


def write_access(item: AccessItem) -> None:
    _put("access", _stored(item))


def read_access(api_key_id: str) -> AccessItem | None:
    """Return what the key may do at this moment: never a stale copy."""
    stored = _get("access", {"api_key_id": api_key_id})
    return _access(stored) if stored else None


def delete_access(api_key_id: str) -> None:
    _delete("access", {"api_key_id": api_key_id})


def write_permission(item: PermissionItem) -> None:
    _put("permissions", _stored(item))


def begin_permission(item: PermissionItem) -> None:
    """Write it unless there is one: what is there is newer. Half a second is waited."""
    hurried = client("dynamodb", hurried=True)
    with (
        speaking_to("dynamodb"),
        suppress(hurried.exceptions.ConditionalCheckFailedException),
    ):
        hurried.put_item(
            TableName=name_of("permissions"),
            Item=_stored(item),
            ConditionExpression="attribute_not_exists(user_id)",
        )


def read_permission(user_id: str) -> PermissionItem | None:
    stored = _get("permissions", {"user_id": user_id})
    return _permission(stored) if stored else None


def delete_permission(user_id: str) -> None:
    _delete("permissions", {"user_id": user_id})


def read_rights(user_id: str, api_key_id: str) -> tuple[PermissionItem | None, AccessItem | None]:
    """Return both items in one round trip. Raises TryLater when DynamoDB keeps one back."""
    permissions, access = name_of("permissions"), name_of("access")
    found = read_batch(
        {
            permissions: _consistent("user_id", user_id),
            access: _consistent("api_key_id", api_key_id),
        }
    )
    permission = next(map(_permission, found.get(permissions, [])), None)
    return permission, next(map(_access, found.get(access, [])), None)


def read_all(
    user_ids: Sequence[str], api_key_ids: Sequence[str]
) -> tuple[dict[str, PermissionItem], dict[str, AccessItem]]:
    """Return the items that there are, by person and by key: a call for each 100 asked for.

    Raises TryLater when DynamoDB keeps some back.
    """
    people = read_many("permissions", "user_id", user_ids)
    keys = read_many("access", "api_key_id", api_key_ids)
    return (
        {item.user_id: item for item in map(_permission, people)},
        {item.api_key_id: item for item in map(_access, keys)},
    )


def write_rights(permission: PermissionItem | None, access: AccessItem | None) -> None:
    """Write what is given, both or neither: no reader sees a person ahead of their key."""
    wanted = {"permissions": permission, "access": access}
    puts = [
        {"Put": {"TableName": name_of(table), "Item": _stored(item)}}
        for table, item in wanted.items()
        if item
    ]
    if puts:
        write_together(puts)


def _put(table: str, item: StoredItem) -> None:
    with speaking_to("dynamodb"):
        client("dynamodb").put_item(TableName=name_of(table), Item=item)


def _get(table: str, key: dict[str, str]) -> StoredItem | None:
    with speaking_to("dynamodb"):
        answer = client("dynamodb").get_item(
            TableName=name_of(table), Key=_strings(key), ConsistentRead=True
        )
    item: StoredItem | None = answer.get("Item")
    return item


def _delete(table: str, key: dict[str, str]) -> None:
    with speaking_to("dynamodb"):
        client("dynamodb").delete_item(TableName=name_of(table), Key=_strings(key))


def _consistent(key: str, *values: str) -> dict[str, Any]:
    return {"Keys": [_strings({key: value}) for value in values], "ConsistentRead": True}


def _stored(item: AccessItem | PermissionItem) -> StoredItem:
    given = {name: value for name, value in asdict(item).items() if value is not None}
    return _strings({name: _text(value) for name, value in given.items()})


def _text(value: str | tuple[str, ...] | datetime) -> str:
    if isinstance(value, datetime):
        return timestamp(value)
    return " ".join(value) if isinstance(value, tuple) else value


def _strings(values: dict[str, str]) -> StoredItem:
    return {name: {"S": value} for name, value in values.items()}


def _state(stored: StoredItem) -> State:
    """A state that this version does not know keeps the door closed."""
    return "open" if stored["state"]["S"] == "open" else "closed"


def _access(stored: StoredItem) -> AccessItem:
    return AccessItem(
        api_key_id=stored["api_key_id"]["S"],
        tenant_id=stored["tenant_id"]["S"],
        state=_state(stored),
        tier=stored["tier"]["S"],
        reason=stored["reason"]["S"],
        billing_source=stored["billing_source"]["S"],
        ends_at=moment(stored["ends_at"]["S"]) if "ends_at" in stored else None,
    )


def _permission(stored: StoredItem) -> PermissionItem:
    return PermissionItem(
        user_id=stored["user_id"]["S"],
        tenant_id=stored["tenant_id"]["S"],
        role=stored["role"]["S"],
        permissions=tuple(stored["permissions"]["S"].split()),
        domains=tuple(stored["domains"]["S"].split()),
        tier=stored["tier"]["S"],
        state="lapsed" if stored["state"]["S"] == "lapsed" else _state(stored),
    )
