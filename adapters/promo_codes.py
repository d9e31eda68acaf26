"""The promo-codes table: writing new codes and reading them. Using them up: adapters/uses.py."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.aws import client, speaking_to
from adapters.clock import moment, timestamp
from adapters.definitions import name_of
from adapters.errors import Refused, TryLater
from adapters.transactions import pause_with_jitter

# A GSI partition takes 1,000 writes a second, and all codes of a campaign are new at once.
INDEX_SHARDS = 16

Item = dict[str, Any]


@dataclass(frozen=True)
class PromoCode:
    """One code as stored. `code` is normalised; uses < max_uses means it can still be used.

    `holds` is how many of the uses are only held. A code for one use names who has it, and, if
    that is a hold, how long it counts. `chunk` is the piece of its batch that made it.
    """

    code: str
    campaign: str
    batch: str
    max_uses: int
    created_at: datetime
    uses: int = 0
    holds: int = 0
    expires_at: datetime | None = None
    redeemed_by: str = ""
    redeemed_at: datetime | None = None
    held_until: datetime | None = None
    chunk: int | None = None

    @property
    def is_shared(self) -> bool:
        return self.max_uses > 1

    @property
    def is_proof(self) -> bool:
        """Whether only somebody who was given the code can know it: drawn at random, for one
        customer. Codes that people chose, here or elsewhere, may be found by trying words."""
        return self.chunk is not None and not self.is_shared


def read_code(code: str, *, consistent: bool = False) -> PromoCode | None:
    """Return the code; without `consistent` it may be as it was a moment ago, at half the price."""
    item = read_item(code, consistent=consistent)
    return code_of(item) if item else None


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


def status_shard(code: PromoCode, status: str) -> str:
    """Return the key of the by-status index under which the code is listed."""
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
        "status_shard": {"S": status_shard(code, "unused")},
        **when("expires_at", code.expires_at),
        **({} if code.chunk is None else {"chunk": {"N": str(code.chunk)}}),
    }


def code_of(item: Item) -> PromoCode:
    """Return the code that a raw item of the table is."""
    return PromoCode(
        code=item["code"]["S"],
        campaign=item["campaign"]["S"],
        batch=item["batch"]["S"],
        max_uses=int(item["max_uses"]["N"]),
        uses=int(item["uses"]["N"]),
        holds=int(item.get("holds", {"N": "0"})["N"]),
        created_at=moment(item["created_at"]["S"]),
        expires_at=moment_in(item, "expires_at"),
        redeemed_by=item.get("redeemed_by", {}).get("S", ""),
        redeemed_at=moment_in(item, "redeemed_at"),
        held_until=moment_in(item, "held_until"),
        chunk=int(item["chunk"]["N"]) if "chunk" in item else None,
    )


def moment_in(item: Item, name: str) -> datetime | None:
    return moment(item[name]["S"]) if name in item else None
