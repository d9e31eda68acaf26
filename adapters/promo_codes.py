"""The promo-codes and redemptions tables: reading codes, spending them, giving them back.

A code is spent by the condition of one write, never by reading first. Whoever loses gets NotSpent
and learns nothing else; campaigns/redemptions.py reads again to say why.
"""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.aws import client, speaking_to
from adapters.clock import moment, timestamp
from adapters.definitions import name_of
from adapters.errors import Refused, TryLater
from adapters.transactions import ConditionFailed, pause_with_jitter, write_together

# A GSI partition takes 1,000 writes a second, and all codes of a campaign are new at once.
INDEX_SHARDS = 16

Item = dict[str, Any]


class NotSpent(Exception):
    """The condition did not hold: the code is used up, or is not there."""


@dataclass(frozen=True)
class PromoCode:
    """One code as stored. `code` is normalised; uses < max_uses means it can still be used."""

    code: str
    campaign: str
    batch: str
    max_uses: int
    created_at: datetime
    uses: int = 0
    expires_at: datetime | None = None
    redeemed_by: str = ""
    redeemed_at: datetime | None = None

    @property
    def is_shared(self) -> bool:
        return self.max_uses > 1


def read_code(code: str, *, consistent: bool = False) -> PromoCode | None:
    """Return the code; without `consistent` it may be as it was a moment ago, at half the price."""
    item = read_item(code, consistent=consistent)
    return code_of(item) if item else None


def spend_single(code: PromoCode, *, redeemed_by: str, at: datetime) -> PromoCode:
    """Use up a code that allows one use, by one conditional update.

    Returns the code as it is now. Repeating it for the same `redeemed_by` returns the first
    redemption. Raises NotSpent if somebody else has it.
    """
    with speaking_to("dynamodb"):
        try:
            answer = client("dynamodb").update_item(
                TableName=name_of("promo-codes"),
                Key={"code": {"S": code.code}},
                UpdateExpression=(
                    "SET uses = :one, redeemed_by = :by, redeemed_at = :at, status_shard = :shard"
                ),
                ConditionExpression="attribute_exists(code) AND uses = :none",
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":none": {"N": "0"},
                    ":by": {"S": redeemed_by},
                    ":at": {"S": timestamp(at)},
                    ":shard": {"S": _shard(code, "used-up")},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            found = error.response.get("Item") or {}
            if found.get("redeemed_by", {}).get("S") == redeemed_by:
                return code_of(found)
            raise NotSpent from error
    return code_of(answer["Attributes"])


def spend_one_of_many(code: PromoCode, *, redeemed_by: str, at: datetime) -> datetime:
    """Use a code that allows several uses once: counter and redemption row in one transaction.

    Returns when it was redeemed; repeating it for the same `redeemed_by` returns the first time.
    Raises NotSpent if the uses are gone.
    """
    use = {
        "TableName": name_of("promo-codes"),
        "Key": {"code": {"S": code.code}},
        "UpdateExpression": "SET uses = uses + :one",
        "ConditionExpression": "attribute_exists(code) AND uses < max_uses",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    row = {
        "TableName": name_of("redemptions"),
        "Item": {
            "code": {"S": code.code},
            "redeemed_by": {"S": redeemed_by},
            "redeemed_at": {"S": timestamp(at)},
            "campaign": {"S": code.campaign},
            "batch": {"S": code.batch},
        },
        "ConditionExpression": "attribute_not_exists(code)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    try:
        write_together([{"Update": use}, {"Put": row}])
    except ConditionFailed as error:
        # AWS may name only the counter when the counter is full and the row is there too.
        mine = error.items[1]
        first = (
            moment_in(mine, "redeemed_at") if mine else redeemed_at(code, redeemed_by=redeemed_by)
        )
        if first is None:
            raise NotSpent from error
        return first
    return moment(timestamp(at))


def give_back_single(code: PromoCode, *, redeemed_by: str) -> bool:
    """Undo `spend_single` of this customer. False, and nothing changed, if it is not theirs."""
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").update_item(
                TableName=name_of("promo-codes"),
                Key={"code": {"S": code.code}},
                UpdateExpression=(
                    "SET uses = :none, status_shard = :shard, released_from = redeemed_by "
                    "REMOVE redeemed_by, redeemed_at"
                ),
                ConditionExpression="uses = :one AND redeemed_by = :by",
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":none": {"N": "0"},
                    ":by": {"S": redeemed_by},
                    ":shard": {"S": _shard(code, "unused")},
                },
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException:
            return False
    return True


def give_back_one_of_many(code: PromoCode, *, redeemed_by: str) -> bool:
    """Undo `spend_one_of_many` of this customer. False, and no change, if it is not theirs."""
    row = {
        "TableName": name_of("redemptions"),
        "Key": {"code": {"S": code.code}, "redeemed_by": {"S": redeemed_by}},
        "ConditionExpression": "attribute_exists(code)",
    }
    use = {
        "TableName": name_of("promo-codes"),
        "Key": {"code": {"S": code.code}},
        "UpdateExpression": "SET uses = uses - :one",
        "ConditionExpression": "uses > :none",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":none": {"N": "0"}},
    }
    try:
        write_together([{"Delete": row}, {"Update": use}])
    except ConditionFailed:
        return False
    return True


def insert_codes(codes: list[PromoCode]) -> list[PromoCode]:
    """Write new codes and return those that were not written because such a code exists.

    25 a call (AWS's limit for BatchExecuteStatement). INSERT never overwrites, unlike
    BatchWriteItem, which has no condition and would make a spent code live again.
    """
    taken: list[PromoCode] = []
    for start in range(0, len(codes), 25):
        taken += _insert(codes[start : start + 25])
    return taken


def _insert(codes: list[PromoCode]) -> list[PromoCode]:
    taken: list[PromoCode] = []
    waiting = codes
    attempt = 0
    while waiting:
        with speaking_to("dynamodb"):
            answers = client("dynamodb").batch_execute_statement(
                Statements=[_insert_statement(code) for code in waiting]
            )["Responses"]
        failed = [
            (code, answer["Error"]["Code"])
            for code, answer in zip(waiting, answers, strict=True)
            if "Error" in answer
        ]
        taken += [code for code, why in failed if why == "DuplicateItem"]
        waiting = [code for code, why in failed if why != "DuplicateItem"]
        if waiting:
            _pause_or_give_up(attempt, failed)
            attempt += 1
    return taken


def _pause_or_give_up(attempt: int, failed: list[tuple[PromoCode, str]]) -> None:
    busy = {"ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"}
    busy |= {"InternalServerError", "TransactionConflict"}
    reasons = {why for _, why in failed} - {"DuplicateItem"}
    if reasons - busy:
        raise Refused(f"dynamodb BatchExecuteStatement: {', '.join(sorted(reasons))}")
    if attempt == 5:
        raise TryLater("dynamodb: writing codes was throttled")
    pause_with_jitter(attempt)


def _insert_statement(code: PromoCode) -> dict[str, Any]:
    item = _item_of(code)
    fields = ", ".join(f"'{name}': ?" for name in item)
    return {
        "Statement": f'INSERT INTO "{name_of("promo-codes")}" VALUE {{{fields}}}',
        "Parameters": list(item.values()),
    }


def read_item(key: str, *, consistent: bool) -> Item | None:
    """Return one raw item of the table, or None."""
    with speaking_to("dynamodb"):
        answer = client("dynamodb").get_item(
            TableName=name_of("promo-codes"), Key={"code": {"S": key}}, ConsistentRead=consistent
        )
    item: Item | None = answer.get("Item")
    return item


def redeemed_at(code: PromoCode, *, redeemed_by: str) -> datetime | None:
    """Return when this customer used this shared code, or None if they did not."""
    with speaking_to("dynamodb"):
        answer = client("dynamodb").get_item(
            TableName=name_of("redemptions"),
            Key={"code": {"S": code.code}, "redeemed_by": {"S": redeemed_by}},
            ConsistentRead=True,
        )
    return moment_in(answer.get("Item", {}), "redeemed_at")


def _shard(code: PromoCode, status: str) -> str:
    return f"{code.campaign}#{status}#{zlib.crc32(code.code.encode()) % INDEX_SHARDS}"


def when(name: str, at: datetime | None) -> Item:
    return {name: {"S": timestamp(at)}} if at else {}


def _item_of(code: PromoCode) -> Item:
    shard = zlib.crc32(code.code.encode()) % INDEX_SHARDS
    return {
        "code": {"S": code.code},
        "campaign": {"S": code.campaign},
        "batch": {"S": code.batch},
        "max_uses": {"N": str(code.max_uses)},
        "uses": {"N": str(code.uses)},
        "created_at": {"S": timestamp(code.created_at)},
        "campaign_shard": {"S": f"{code.campaign}#{shard}"},
        "status_shard": {"S": _shard(code, "unused")},
        **when("expires_at", code.expires_at),
    }


def code_of(item: Item) -> PromoCode:
    """Return the code that an item of the table holds."""
    return PromoCode(
        code=item["code"]["S"],
        campaign=item["campaign"]["S"],
        batch=item["batch"]["S"],
        max_uses=int(item["max_uses"]["N"]),
        uses=int(item["uses"]["N"]),
        created_at=moment(item["created_at"]["S"]),
        expires_at=moment_in(item, "expires_at"),
        redeemed_by=item.get("redeemed_by", {}).get("S", ""),
        redeemed_at=moment_in(item, "redeemed_at"),
    )


def moment_in(item: Item, name: str) -> datetime | None:
    return moment(item[name]["S"]) if name in item else None
