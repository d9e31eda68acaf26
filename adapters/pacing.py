"""Turns at API Gateway's control plane: all workers of a stage take theirs from one place.

AWS allows 10 calls a second and account, and 5 CreateApiKey (infra/definitions/control_plane.json).
One item says from when on the next call may be sent. Whoever takes a turn moves it on, by one
conditional update where others are waiting, so turns are handed out evenly and never twice.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.aws import client, speaking_to
from adapters.definitions import name_of
from adapters.errors import TryLater

ATTEMPTS = 8
# The line in which nearly every call waits; a call that AWS limits by itself has one of its own.
CONTROL_PLANE = "apigateway"


class TooFarAhead(TryLater):
    """Turns are taken beyond the moment that was asked for; `next_at` is the first free one."""

    def __init__(self, next_at: datetime) -> None:
        super().__init__("apigateway: all turns are taken for a while")
        self.next_at = next_at


def take_turn(
    calls: int, *, per_second: float, now: datetime, until: datetime, line: str = CONTROL_PLANE
) -> datetime:
    """Return the moment from which on `calls` calls may be sent: now, or later.

    Raises TooFarAhead, and takes none, if that would be after `until`. A turn that is not used is
    lost to everybody.
    """
    step, start, latest = _micros(timedelta(seconds=calls / per_second)), *map(_epoch, (now, until))
    for _ in range(ATTEMPTS):
        taken, next_at = _move_on(line, step, start, latest)
        if taken:
            return _moment(next_at - step)
        if next_at > latest:
            raise TooFarAhead(_moment(next_at))
        if _begin(line, step, start):
            return now
    raise TryLater("apigateway: others are taking turns at this very moment")


def charge(calls: int, *, per_second: float, now: datetime, line: str = CONTROL_PLANE) -> None:
    """Let others wait for calls that are sent without waiting: few, and while a person waits."""
    for_ever = datetime.max.replace(tzinfo=UTC)
    take_turn(calls, per_second=per_second, now=now, until=for_ever, line=line)


def _move_on(line: str, step: int, start: int, latest: int) -> tuple[bool, int]:
    """Take the turn behind others; else return whether and until when turns are taken."""
    try:
        answer = _update(
            line,
            "SET next_at = next_at + :step",
            "next_at > :start AND next_at <= :latest",
            {":step": step, ":start": start, ":latest": latest},
        )
    except _NotSo as error:
        return False, error.next_at
    return True, answer


def _begin(line: str, step: int, start: int) -> bool:
    """Nobody waits: take the turn of now."""
    try:
        _update(
            line,
            "SET next_at = :next",
            "attribute_not_exists(next_at) OR next_at <= :start",
            {":next": start + step, ":start": start},
        )
    except _NotSo:
        return False
    return True


class _NotSo(Exception):
    def __init__(self, next_at: int) -> None:
        super().__init__(next_at)
        self.next_at = next_at


def _update(line: str, expression: str, condition: str, values: dict[str, int]) -> int:
    with speaking_to("dynamodb"):
        try:
            answer: dict[str, Any] = client("dynamodb").update_item(
                TableName=name_of("windows"),
                Key={"window": {"S": f"turn#{line}"}},
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues={name: {"N": str(n)} for name, n in values.items()},
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            item = error.response.get("Item") or {"next_at": {"N": "0"}}
            raise _NotSo(int(item["next_at"]["N"])) from error
    return int(answer["Attributes"]["next_at"]["N"])


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _epoch(moment: datetime) -> int:
    return _micros(moment - datetime(1970, 1, 1, tzinfo=UTC))


def _moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
