"""What AWS says of the records it got, kept on the rows of the ledger and with the call."""

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from adapters.usage_records import RecordRefused, Verdict
from marketplace.metering.rows import MeterCall, MeteredHour

State = MeteredHour.State
TOO_LATE = "TimestampOutOfBoundsException"
# What AWS says of a record that it looked at. Another word is new to us: staff look at it.
_STATES = {
    "Success": State.ACCEPTED,
    "DuplicateRecord": State.DUPLICATE,
    "CustomerNotSubscribed": State.REJECTED,
    "unprocessed": State.READY,
}
_CHANGED = ("state", "record_id", "settled_at", "next_attempt_at", "trouble")
_SOON, _LATEST = timedelta(seconds=15), timedelta(minutes=5)


@transaction.atomic
def keep(
    call: MeterCall, rows: list[MeteredHour], verdicts: list[Verdict], answer: dict[str, object]
) -> None:
    """Keep an answer. A row that another process has settled meanwhile stays as it is."""
    now = timezone.now()
    MeterCall.objects.filter(pk=call.pk).update(answer=answer, answered_at=now)
    said = {row.pk: verdict for row, verdict in zip(rows, verdicts, strict=True)}
    tries = list(call.tries.all())
    for one in tries:
        one.verdict = said[one.hour_id].status
    call.tries.model.objects.bulk_update(tries, ["verdict"])
    open_rows = MeteredHour.objects.select_for_update().filter(pk__in=said, state=State.SENDING)
    changed = [_judged(row, said[row.pk], now) for row in open_rows.order_by("pk")]
    MeteredHour.objects.bulk_update(changed, _CHANGED)


@transaction.atomic
def put_off_call(call: MeterCall, rows: list[MeteredHour], why: str) -> None:
    """Keep that there was no answer: AWS may have billed the records, and gets them again."""
    now = timezone.now()
    MeterCall.objects.filter(pk=call.pk).update(error=why[:500], answered_at=now)
    call.tries.update(verdict="no answer")
    for row in rows:
        row.next_attempt_at, row.trouble = now + _pause(row), why[:500]
    MeteredHour.objects.bulk_update(rows, ["next_attempt_at", "trouble"])


def keep_refusal(call: MeterCall, error: RecordRefused) -> None:
    now = timezone.now()
    MeterCall.objects.filter(pk=call.pk).update(error=str(error)[:500], answered_at=now)
    call.tries.update(verdict=error.code)


def refuse(row: MeteredHour, error: RecordRefused) -> None:
    """AWS does not take this very record."""
    state = State.EXPIRED if error.code == TOO_LATE else State.REJECTED
    _settle(row, state, str(error))


def expire(row: MeteredHour, now: datetime) -> None:
    """AWS would refuse it, and everything that is sent with it."""
    _settle(row, State.EXPIRED, row.trouble or "it was not sent in time")


def put_off(row: MeteredHour, until: datetime, why: str) -> None:
    MeteredHour.objects.filter(pk=row.pk).update(next_attempt_at=until, trouble=why[:500])


def _settle(row: MeteredHour, state: str, trouble: str) -> None:
    MeteredHour.objects.filter(pk=row.pk, state__in=MeteredHour.UNSENT).update(
        state=state, settled_at=timezone.now(), trouble=trouble[:500]
    )


def _judged(row: MeteredHour, verdict: Verdict, now: datetime) -> MeteredHour:
    row.state = _STATES.get(verdict.status, State.REJECTED)
    if row.state == State.READY:
        row.next_attempt_at, row.trouble = now + _pause(row), "AWS did not get to it"
        return row
    row.record_id, row.settled_at = verdict.record_id, now
    row.trouble = "" if row.state == State.ACCEPTED else verdict.status
    return row


def _pause(row: MeteredHour) -> timedelta:
    """Longer with each attempt, and never the same for all."""
    longest = min(_LATEST, _SOON * (1 << min(row.attempts, 10)))
    return longest * random.uniform(0.5, 1)  # noqa: S311
