"""Turns at API Gateway's control plane: all workers of a stage take theirs from one place.

AWS allows 10 calls a second and account, and 5 CreateApiKey (infra/definitions/control_plane.json).
One item has two clocks. `next_at` says when the next turn is: when to come. `sent_at` says up to
which moment the calls that were sent have used the rate: whether to send. Whoever takes of a clock
moves it on, by one conditional update where others are waiting, so nothing is handed out twice.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from adapters.aws import client, speaking_to
from adapters.definitions import name_of
from adapters.errors import TryLater

ATTEMPTS = 8
# The line in which nearly every call waits; a call that AWS limits by itself has one of its own.
CONTROL_PLANE = "apigateway"

Clock = Literal["next_at", "sent_at"]


class TooFarAhead(TryLater):
    """Turns are taken beyond the moment that was asked for; `next_at` is the first free one."""

    def __init__(self, next_at: datetime) -> None:
        super().__init__("apigateway: all turns are taken for a while")
        self.next_at = next_at


def take_turn(
    calls: int,
    *,
    per_second: float,
    now: datetime,
    until: datetime,
    line: str = CONTROL_PLANE,
    clock: Clock = "next_at",
) -> datetime:
    """Return the moment from which on `calls` calls may be sent: now, or later.

    Raises TooFarAhead, and takes none, if that would be after `until`. A turn that is not used is
    lost to everybody, unless somebody takes what was not sent (take_unused).
    """
    step, start, latest = _micros(timedelta(seconds=calls / per_second)), *map(_epoch, (now, until))
    for _ in range(ATTEMPTS):
        taken, next_at = _move_on(line, clock, step, start, latest)
        if taken:
            return _moment(next_at - step)
        if next_at > latest:
            raise TooFarAhead(_moment(next_at))
        if _begin(line, clock, step, start) is None:
            return now
    raise TryLater("apigateway: others are taking turns at this very moment")


def take_unused(calls: int, *, per_second: float, since: datetime) -> tuple[bool, datetime]:
    """Take what nobody has sent since then, whoever has a turn.

    Return whether there was so much, and until when others keep turns (known only if not).
    """
    step = _micros(timedelta(seconds=calls / per_second))
    clocks = _begin(CONTROL_PLANE, "sent_at", step, _epoch(since))
    return clocks is None, _moment((clocks or {}).get("next_at", 0))


def charge(calls: int, *, per_second: float, now: datetime, clock: Clock = "next_at") -> None:
    """Let others wait for calls that are sent without waiting: few, and while a person waits."""
    for_ever = datetime.max.replace(tzinfo=UTC)
    take_turn(calls, per_second=per_second, now=now, until=for_ever, clock=clock)


def _move_on(line: str, clock: Clock, step: int, start: int, latest: int) -> tuple[bool, int]:
    """Take the turn behind others; else return whether and until when turns are taken."""
    try:
        answer = _update(
            line,
            clock,
            "SET #clock = #clock + :step",
            "#clock > :start AND #clock <= :latest",
            {":step": step, ":start": start, ":latest": latest},
        )
    except _NotSo as error:
        return False, error.clocks.get(clock, 0)
    return True, answer


def _begin(line: str, clock: Clock, step: int, start: int) -> dict[str, int] | None:
    """Nobody waits: take the turn of now. Else return how far the clocks are."""
    try:
        _update(
            line,
            clock,
            "SET #clock = :next",
            "attribute_not_exists(#clock) OR #clock <= :start",
            {":next": start + step, ":start": start},
        )
    except _NotSo as error:
        return error.clocks
    return None


class _NotSo(Exception):
    def __init__(self, item: dict[str, Any]) -> None:
        super().__init__()
        self.clocks = {name: int(value["N"]) for name, value in item.items() if "N" in value}


def _update(
    line: str, clock: Clock, expression: str, condition: str, values: dict[str, int]
) -> int:
    with speaking_to("dynamodb"):
        try:
            answer: dict[str, Any] = client("dynamodb").update_item(
                TableName=name_of("windows"),
                Key={"window": {"S": f"turn#{line}"}},
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#clock": clock},
                ExpressionAttributeValues={name: {"N": str(n)} for name, n in values.items()},
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            raise _NotSo(error.response.get("Item") or {}) from error
    return int(answer["Attributes"][clock]["N"])


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _epoch(moment: datetime) -> int:
    return _micros(moment - datetime(1970, 1, 1, tzinfo=UTC))


def _moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
