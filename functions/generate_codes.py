"""Makes a batch of codes, as far as the time of one invocation goes; invoked again, it goes on.

Event:  {"campaign": "5f3a…", "batch": "0c1d…", "prefix": "AUTUMN", "count": 100000, "max_uses": 1,
        "expires_at": "2026-12-31T23:59:59Z"}; campaign and batch are public ids, which
        `manage.py hand_out_batch` gives out, the end may be left out, the prefix may be empty.
Answer: {"done": 42000, "count": 100000, "complete": false}

Invoke it with the same event until `complete` is true. Delivered twice, or run twice at once, it
makes no code a second time. The list is then in the bucket of exports: batches/<batch>/codes.csv.
"""

import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from adapters.clock import moment
from adapters.generations import Generation
from campaigns.making import OtherTerms, make_codes
from functions.direct import BadEvent, Event, door, read_fields, read_id, read_number

NEEDS = {"campaign": str, "batch": str, "prefix": str, "count": int, "max_uses": int}
MOST = 1_000_000
_PREFIX = re.compile(r"[0-9A-Za-z]{0,12}")


@door
def handler(event: Event, context: Any) -> dict[str, Any]:
    wish = _wish(read_fields(event, needs=NEEDS, may_have={"expires_at": str}))
    try:
        progress = make_codes(
            wish, seconds_left=lambda: context.get_remaining_time_in_millis() / 1000
        )
    except OtherTerms as error:
        raise BadEvent(str(error)) from error
    return asdict(progress)


def _wish(fields: Event) -> Generation:
    if not _PREFIX.fullmatch(fields["prefix"]):
        raise BadEvent('"prefix" must be at most 12 letters and digits.')
    return Generation(
        campaign=read_id(fields, "campaign"),
        batch=read_id(fields, "batch"),
        prefix=fields["prefix"].upper(),
        count=read_number(fields, "count", most=MOST),
        max_uses=read_number(fields, "max_uses", most=MOST),
        created_at=datetime.now(UTC),
        expires_at=_moment(fields.get("expires_at")),
    )


def _moment(text: str | None) -> datetime | None:
    try:
        return moment(text) if text else None
    except ValueError as error:
        raise BadEvent('"expires_at" must be like 2026-12-31T23:59:59Z.') from error
