"""A call that carries an Idempotency-Key is done and metered once, however often it is sent.

As in the IETF's draft "The Idempotency-Key HTTP Header Field"; docs/solver.md says it to customers.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from adapters import answers
from adapters.answers import AnotherBody, Claim, StillRunning
from adapters.errors import OutsideError
from adapters.transactions import ConditionFailed
from functions.callers import Event, headers_of
from functions.metering import Meter
from functions.replies import Declined

Answer = dict[str, Any]
Work = Callable[[], tuple[Answer, int]]

RUNNING = Declined(
    "call_running", "A call with this idempotency key is being worked on. Send it again in a while."
)
REUSED = Declined(
    "idempotency_key_reused",
    "This idempotency key was used with another body. Give every new call a new key.",
)
INVALID = Declined(
    "idempotency_key_invalid",
    "Idempotency-Key must be one value of 1 to 255 printable ASCII characters, "
    "without quotes and backslashes inside.",
)
# The draft puts the key in quotes; without them it is the same key.
_KEY = re.compile(r'"([ !#-\[\]-~]{1,255})"|([!#-\[\]-~]{1,255})')


def do_once(event: Event, tenant_id: str, meter: Meter, work: Work) -> Answer:
    """Return what the work answers, or what it answered to this key and body before.

    Metered before it is returned. Raises Declined, and whatever the work raises: then the key is
    as if it had never come.
    """
    key = _key_of(event)
    if key is None:
        answer, units = work()
        # Metered before the answer leaves: a call that cannot be counted gives nothing away.
        meter.count_served(units)
        return answer
    claim = _begin(event, tenant_id, meter, key)
    if not isinstance(claim, Claim):
        meter.count_served(0)
        return claim
    try:
        return _finish(claim, meter, work)
    except BaseException:
        with suppress(OutsideError):
            answers.give_back(claim)
        raise


def _begin(event: Event, tenant_id: str, meter: Meter, key: str) -> Claim | Answer:
    try:
        return answers.begin(
            tenant_id,
            key,
            body=event.get("body") or "",
            by=meter.request_id,
            now=datetime.now(UTC),
        )
    except StillRunning as error:
        raise RUNNING from error
    except AnotherBody as error:
        raise REUSED from error


def _finish(claim: Claim, meter: Meter, work: Work) -> Answer:
    answer, units = work()
    keep = answers.finishing(claim, answer, now=datetime.now(UTC))
    try:
        meter.count_served(units, together_with=keep)
    except ConditionFailed as error:  # we were so slow that somebody else took over
        raise RUNNING from error
    return answer


def _key_of(event: Event) -> str | None:
    """Return the key, if the call has one and is not safe to repeat anyway."""
    if event["httpMethod"] != "POST":
        return None
    found = headers_of(event, "idempotency-key")
    if not found:
        return None
    match = _KEY.fullmatch(found[0].strip())
    if len(found) > 1 or match is None:
        raise INVALID
    return match[1] or match[2]
