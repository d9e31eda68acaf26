"""The pieces of the transactions that adapters/uses.py writes, each with its condition."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.clock import moment, timestamp
from adapters.definitions import name_of
from adapters.promo_codes import Item, PromoCode, moment_in, status_shard, when

Action = dict[str, Any]
_ONE, _LESS_ONE, _NONE = {"N": "1"}, {"N": "-1"}, {"N": "0"}


@dataclass(frozen=True)
class Use:
    """One use of one code by whoever `taken_by` names.

    With `held_until` it is a hold: it counts until then, and afterwards until somebody wants it.
    `marks` are "identity/scope" texts; each bars that identity from another use in that scope.
    `cap_shard` is the part of the campaign's counter that it counts in. `use_id` tells it from
    another use of the same code by the same customer, before or after.
    """

    code: str
    campaign: str
    batch: str
    taken_by: str
    taken_at: datetime
    held_until: datetime | None = None
    marks: tuple[str, ...] = ()
    cap_shard: int | None = None
    has_row: bool = False
    use_id: str = ""


def use_of(item: Item) -> Use:
    """Return the use that a row of the redemptions table is, or an item of a code for one use."""
    shard = item.get("cap_shard")
    return Use(
        code=item["code"]["S"],
        campaign=item["campaign"]["S"],
        batch=item["batch"]["S"],
        taken_by=item["redeemed_by"]["S"],
        taken_at=moment(item["redeemed_at"]["S"]),
        held_until=moment_in(item, "held_until"),
        marks=tuple(mark["S"] for mark in item.get("marks", {"L": []})["L"]),
        cap_shard=int(shard["N"]) if shard else None,
        has_row="max_uses" not in item,
        use_id=item["use_id"]["S"],
    )


def row_key(code: str, taken_by: str) -> Item:
    return {"code": {"S": code}, "redeemed_by": {"S": taken_by}}


def cap_key(campaign: str, shard: int) -> Item:
    return {"code": {"S": f"cap#{campaign}#{shard}"}}


def count_in_code(code: PromoCode, use: Use) -> Action:
    changes, values = "SET uses = uses + :one", {":one": _ONE}
    if not code.is_shared:
        changes += ", redeemed_by = :by, redeemed_at = :at, use_id = :id, status_shard = :shard"
        values |= _owner(code, use)
        if use.held_until:
            changes += ", held_until = :until"
            values[":until"] = {"S": timestamp(use.held_until)}
    changes += " ADD holds :one" if use.held_until else ""
    return _update_code(code.code, changes, "attribute_exists(code) AND uses < max_uses", values)


def uncount_in_code(code: PromoCode, use: Use) -> Action:
    changes, values = "SET uses = uses - :one", {":one": _ONE, ":none": _NONE}
    condition = "uses > :none"
    if not code.is_shared:
        changes += ", status_shard = :shard REMOVE redeemed_by, redeemed_at, use_id, held_until"
        condition += " AND use_id = :id"
        values |= {":shard": {"S": status_shard(code, "unused")}, ":id": {"S": use.use_id}}
    if use.held_until:
        changes += " ADD holds :less_one"
        values[":less_one"] = _LESS_ONE
    return _update_code(code.code, changes, condition, values)


def confirm_in_code(code: PromoCode, at: datetime) -> Action:
    changes, values = "ADD holds :less_one", {":less_one": _LESS_ONE, ":one": _ONE}
    if not code.is_shared:
        changes += " SET redeemed_at = :at, status_shard = :shard REMOVE held_until"
        values |= {":at": {"S": timestamp(at)}, ":shard": {"S": status_shard(code, "used-up")}}
    return _update_code(code.code, changes, "holds >= :one", values)


def put_row(use: Use) -> Action:
    return {
        "Put": {
            "TableName": name_of("redemptions"),
            "Item": _row(use),
            "ConditionExpression": "attribute_not_exists(code)",
        }
    }


def confirm_row(use: Use, at: datetime) -> Action:
    return {
        "Update": {
            "TableName": name_of("redemptions"),
            "Key": row_key(use.code, use.taken_by),
            "UpdateExpression": "SET redeemed_at = :at REMOVE held_until, held_in",
            "ConditionExpression": "use_id = :id AND attribute_exists(held_until)",
            "ExpressionAttributeValues": {":id": {"S": use.use_id}, ":at": {"S": timestamp(at)}},
        }
    }


def delete_row(use: Use, *, expired_at: datetime | None) -> Action:
    """Whether it is a hold is part of the condition: the code's counters must fit."""
    state = "attribute_exists" if use.held_until else "attribute_not_exists"
    condition, values = f"use_id = :id AND {state}(held_until)", {":id": {"S": use.use_id}}
    if expired_at:
        condition += " AND held_until <= :at"
        values[":at"] = {"S": timestamp(expired_at)}
    return {
        "Delete": {
            "TableName": name_of("redemptions"),
            "Key": row_key(use.code, use.taken_by),
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
    }


def put_history(use: Use, at: datetime) -> Action:
    """The row that stays when a use was given back."""
    item = _row(use) | {
        "redeemed_by": {"S": f"released#{use.use_id}"},
        "released_from": {"S": use.taken_by},
        "released_at": {"S": timestamp(at)},
    }
    item.pop("held_in", None)
    return {"Put": {"TableName": name_of("redemptions"), "Item": item}}


def put_mark(use: Use, mark: str) -> Action:
    owner = {"use_code": {"S": use.code}, "use_by": {"S": use.taken_by}}
    return {
        "Put": {
            "TableName": name_of("redemptions"),
            "Item": _mark_key(mark) | owner | {"use_id": {"S": use.use_id}},
            "ConditionExpression": "attribute_not_exists(code)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def delete_mark(use: Use, mark: str) -> Action:
    """A mark that is gone, because the person was erased, keeps nobody from giving back."""
    return {
        "Delete": {
            "TableName": name_of("redemptions"),
            "Key": _mark_key(mark),
            "ConditionExpression": "attribute_not_exists(code) OR use_id = :id",
            "ExpressionAttributeValues": {":id": {"S": use.use_id}},
        }
    }


def count_in_cap(use: Use, share: int) -> Action:
    """The first use makes the item, unless this part of the cap is to have none."""
    is_first = "attribute_not_exists(code) OR " if share else ""
    return {
        "Update": {
            "TableName": name_of("promo-codes"),
            "Key": cap_key(use.campaign, use.cap_shard or 0),
            "UpdateExpression": "ADD uses :one",
            "ConditionExpression": f"{is_first}uses < :share",
            "ExpressionAttributeValues": {":one": _ONE, ":share": {"N": str(share)}},
        }
    }


def uncount_in_cap(use: Use) -> Action:
    return {
        "Update": {
            "TableName": name_of("promo-codes"),
            "Key": cap_key(use.campaign, use.cap_shard or 0),
            "UpdateExpression": "ADD uses :less_one",
            "ConditionExpression": "uses > :none",
            "ExpressionAttributeValues": {":less_one": _LESS_ONE, ":none": _NONE},
        }
    }


def _update_code(code: str, changes: str, condition: str, values: Item) -> Action:
    return {
        "Update": {
            "TableName": name_of("promo-codes"),
            "Key": {"code": {"S": code}},
            "UpdateExpression": changes,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
    }


def _owner(code: PromoCode, use: Use) -> Item:
    return {
        ":by": {"S": use.taken_by},
        ":at": {"S": timestamp(use.taken_at)},
        ":id": {"S": use.use_id},
        ":shard": {"S": status_shard(code, "held" if use.held_until else "used-up")},
    }


def _row(use: Use) -> Item:
    row = {
        **row_key(use.code, use.taken_by),
        "redeemed_at": {"S": timestamp(use.taken_at)},
        "campaign": {"S": use.campaign},
        "batch": {"S": use.batch},
        "marks": {"L": [{"S": mark} for mark in use.marks]},
        "use_id": {"S": use.use_id},
        **when("held_until", use.held_until),
    }
    if use.held_until:
        row["held_in"] = {"S": use.campaign}
    if use.cap_shard is not None:
        row["cap_shard"] = {"N": str(use.cap_shard)}
    return row


def _mark_key(mark: str) -> Item:
    identity, scope = mark.split("/")
    return row_key(f"customer#{identity}", scope)
