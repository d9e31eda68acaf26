"""Notes of uses that somebody else than the portal takes or gives back, until its list has them.

A note is left before the use is written, so that no death between the two can hide a use; what
became of it is read from the use itself. Notes stand in the redemptions table under changed#<part>,
a key that no code can have, oldest first.
"""

import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from adapters.aws import client, speaking_to
from adapters.clock import timestamp
from adapters.definitions import name_of
from adapters.promo_codes import Item

# A partition takes 1,000 writes a second, and one use costs three of them here.
PARTS = 4
# Whoever left a note and never said that they were done is dead by then: no function that leaves
# one runs longer (infra/functions.yaml), and clocks differ by seconds.
DEAD_AFTER = timedelta(seconds=150)
_PAGE = 100


@dataclass(frozen=True)
class UseNote:
    """That `taken_by` may have taken or given back a use of the code."""

    code: str
    taken_by: str
    key: tuple[str, str]


def leave_note(code: str, *, taken_by: str, now: datetime) -> UseNote:
    part = zlib.crc32(taken_by.encode()) % PARTS
    key = (_part(part), f"{timestamp(now)}#{code}#{secrets.token_hex(4)}")
    note = UseNote(code, taken_by, key)
    with speaking_to("dynamodb"):
        client("dynamodb").put_item(TableName=name_of("redemptions"), Item=_item_of(note, now))
    return note


def say_done(note: UseNote) -> None:
    """Say that whoever left the note has their answer. Safe to repeat."""
    with speaking_to("dynamodb"):
        try:
            client("dynamodb").update_item(
                **_place(note),
                UpdateExpression="SET is_done = :yes",
                ConditionExpression="attribute_exists(code)",
                ExpressionAttributeValues={":yes": {"BOOL": True}},
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException:
            return


def take_away(note: UseNote) -> None:
    """Safe to repeat."""
    with speaking_to("dynamodb"):
        client("dynamodb").delete_item(**_place(note))


def finished_notes(part: int, *, now: datetime, most: int) -> list[UseNote]:
    """Return the oldest notes of one part whose authors are done, or dead."""
    return list(islice(_finished(part, now), most))


def _finished(part: int, now: datetime) -> Iterator[UseNote]:
    pages = client("dynamodb").get_paginator("query")
    with speaking_to("dynamodb"):
        for page in pages.paginate(
            TableName=name_of("redemptions"),
            ConsistentRead=True,
            KeyConditionExpression="code = :part",
            FilterExpression="is_done = :yes OR noted_at <= :dead",
            ExpressionAttributeValues={
                ":part": {"S": _part(part)},
                ":yes": {"BOOL": True},
                ":dead": {"S": timestamp(now - DEAD_AFTER)},
            },
            PaginationConfig={"PageSize": _PAGE},
        ):
            yield from map(_note_of, page["Items"])


def _part(number: int) -> str:
    return f"changed#{number}"


def _place(note: UseNote) -> dict[str, Any]:
    part, place = note.key
    return {
        "TableName": name_of("redemptions"),
        "Key": {"code": {"S": part}, "redeemed_by": {"S": place}},
    }


def _item_of(note: UseNote, now: datetime) -> Item:
    return {
        **_place(note)["Key"],
        "use_code": {"S": note.code},
        "use_by": {"S": note.taken_by},
        "noted_at": {"S": timestamp(now)},
    }


def _note_of(item: Item) -> UseNote:
    key = (item["code"]["S"], item["redeemed_by"]["S"])
    return UseNote(item["use_code"]["S"], item["use_by"]["S"], key)
