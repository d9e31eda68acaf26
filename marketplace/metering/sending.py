"""Sending the ledger to AWS: in calls of 25 records, each record the same whenever it is sent.

A row is marked, with its call, before the call is made. Whoever dies in between leaves a row that
may have been sent; the next one sends it again word for word, and AWS counts it once.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from adapters import usage_records
from adapters.errors import OutsideError, TryLater
from adapters.usage_records import RecordRefused
from marketplace.metering import verdicts
from marketplace.metering.deadlines import SKEW, final_call
from marketplace.metering.identities import TWICE, billed_otherwise
from marketplace.metering.records import NoName, product_code_for, record_of
from marketplace.metering.rows import MeterAttempt, MeterCall, MeteredHour
from marketplace.metering.writing import write

MOST_AT_ONCE = 500
# AWS takes ten calls a second of an account and Region, and others call, too.
BETWEEN_CALLS = 1 / 8
AGAIN = timedelta(minutes=5)


class _Pace:
    """AWS's answer and our notes take part of the time between two calls."""

    _last = -BETWEEN_CALLS

    def keep(self) -> None:
        time.sleep(max(0.0, self._last + BETWEEN_CALLS - time.monotonic()))
        self._last = time.monotonic()


_PACE = _Pace()


class Paused(Exception):
    """AWS refuses everything we send, for a reason that is in none of the records."""


# Keep the right to send for another while. Raises LeaseLost.
Renew = Callable[[], None]


def send_due(now: datetime, *, renew: Renew) -> int:
    """Send what is due, the most urgent first; return how many rows were looked at.

    One process at a time (running.py). Raises Paused, or TryLater where AWS was busy.
    """
    due = MeteredHour.objects.filter(state__in=MeteredHour.UNSENT, next_attempt_at__lte=now)
    rows = list(due.select_related("agreement").order_by("deadline_at", "pk")[:MOST_AT_ONCE])
    open_rows = _billed_once([row for row in rows if _is_sendable(row, now)])
    for (product_code, _product), group in _by_product(open_rows).items():
        for places in usage_records.in_calls([row.record or {} for row in group]):
            _send([group[place] for place in places], product_code, renew)
    return len(rows)


def _is_sendable(row: MeteredHour, now: datetime) -> bool:
    """Give up what AWS refuses for certain: one such record would condemn its whole call."""
    if now >= final_call(row.hour) + SKEW:
        verdicts.expire(row, now)
        return False
    try:
        row.record = row.record or record_of(row)
    except NoName:
        verdicts.put_off(row, now + AGAIN, "nothing tells yet by which license AWS bills it")
        return False
    return True


def _billed_once(rows: list[MeteredHour]) -> list[MeteredHour]:
    twice = billed_otherwise(rows)
    for row in rows:
        if row.pk in twice:
            verdicts.reject(row, TWICE)
    return [row for row in rows if row.pk not in twice]


def _by_product(rows: Iterable[MeteredHour]) -> dict[tuple[str, str], list[MeteredHour]]:
    """A call is for one product, by records of one kind; only those by customer name it."""
    groups: dict[tuple[str, str], list[MeteredHour]] = {}
    for row in rows:
        key = (product_code_for(row), row.agreement.product_code)
        groups.setdefault(key, []).append(row)
    return groups


def _send(rows: list[MeteredHour], product_code: str, renew: Renew) -> None:
    renew()
    call = _note(rows, product_code)
    _PACE.keep()
    try:
        found, answer = usage_records.send(
            call.request["UsageRecords"],
            product_code=product_code,
            role_arn=settings.MARKETPLACE_ROLE_ARN,
        )
    except RecordRefused as error:
        _find_the_bad_one(rows, product_code, call, error, renew)
    except OutsideError as error:
        verdicts.put_off_call(call, rows, str(error))
        if isinstance(error, TryLater):
            raise
        raise Paused(str(error)) from error
    else:
        verdicts.keep(call, rows, found, answer)


@transaction.atomic
def _note(rows: list[MeteredHour], product_code: str) -> MeterCall:
    """Keep what is about to be sent."""
    request: dict[str, Any] = {"UsageRecords": [row.record for row in rows]}
    if product_code:
        request["ProductCode"] = product_code
    call = MeterCall.objects.create(
        product_code=rows[0].agreement.product_code, request=request, sent_at=timezone.now()
    )
    for state in {row.state for row in rows}:
        of_state = [row for row in rows if row.state == state]
        for row in of_state:
            row.state, row.attempts = MeteredHour.State.SENDING, row.attempts + 1
        write(of_state, ["state", "attempts", "record"], while_in=state)
    MeterAttempt.objects.bulk_create(MeterAttempt(hour=row, call=call) for row in rows)
    return call


def _find_the_bad_one(
    rows: list[MeteredHour],
    product_code: str,
    call: MeterCall,
    error: RecordRefused,
    renew: Renew,
) -> None:
    """Of a call that was refused because of a record nothing is billed: send its halves."""
    verdicts.keep_refusal(call, error)
    if len(rows) == 1:
        verdicts.refuse(rows[0], error)
        return
    middle = len(rows) // 2
    for half in (rows[:middle], rows[middle:]):
        _send(half, product_code, renew)
