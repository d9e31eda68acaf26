"""What AWS says of the records it got, kept on the rows of the ledger and with the call."""

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from adapters.usage_records import RecordRefused, Verdict
from marketplace.metering.rows import MeterCall, MeteredHour
from marketplace.metering.writing import write

State = MeteredHour.State
TOO_LATE = "TimestampOutOfBoundsException"
# What AWS says of a record that it looked at. Another word is new to us: staff look at it.
_STATES = {
    "Success": State.ACCEPTED,
    "DuplicateRecord": State.DUPLICATE,
    "CustomerNotSubscribed": State.REJECTED,
    "unprocessed": State.READY,
}
_CHANGED = ("state", "record_id", "settled_at", "next_attempt_at", "trouble", "alarmed_at")
_SOON, _LATEST = timedelta(seconds=15), timedelta(minutes=5)


@transaction.atomic
def keep(
    call: MeterCall, rows: list[MeteredHour], verdicts: list[Verdict], answer: dict[str, object]
) -> None:
    """Keep an answer. A row that another process has settled meanwhile stays as it is."""
    now = timezone.now()
    MeterCall.objects.filter(pk=call.pk).update(answer=answer, answered_at=now)
    said = list(zip(rows, verdicts, strict=True))
    for status in {verdict.status for verdict in verdicts}:
        of_status = [row.pk for row, verdict in said if verdict.status == status]
        call.tries.filter(hour__in=of_status).update(verdict=status)
    judged = [_judged(row, verdict, now) for row, verdict in said]
    write(judged, _CHANGED, while_in=State.SENDING)


@transaction.atomic
def put_off_call(call: MeterCall, rows: list[MeteredHour], why: str) -> None:
    """Keep that there was no answer: AWS may have billed the records, and gets them again."""
    now = timezone.now()
    MeterCall.objects.filter(pk=call.pk).update(error=why[:500], answered_at=now)
    call.tries.update(verdict="no answer")
    for row in rows:
        row.next_attempt_at, row.trouble = now + _pause(row), why[:500]
    write(rows, ["next_attempt_at", "trouble"], while_in=State.SENDING)


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
        state=state, settled_at=timezone.now(), trouble=trouble[:500], alarmed_at=None
    )


def _judged(row: MeteredHour, verdict: Verdict, now: datetime) -> MeteredHour:
    row.state = _STATES.get(verdict.status, State.REJECTED)
    if row.state == State.READY:
        row.next_attempt_at, row.trouble = now + _pause(row), "AWS did not get to it"
        return row
    # Who was told that it is late is told that it is lost, too.
    row.record_id, row.settled_at, row.alarmed_at = verdict.record_id, now, None
    row.trouble = "" if row.state == State.ACCEPTED else verdict.status
    return row


def _pause(row: MeteredHour) -> timedelta:
    """Longer with each attempt, and never the same for all."""
    longest = min(_LATEST, _SOON * (1 << min(row.attempts, 10)))
    return longest * random.uniform(0.5, 1)  # noqa: S311
