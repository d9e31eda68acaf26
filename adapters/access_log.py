"""The API's access log in CloudWatch Logs: one line for each call, the refused ones too.

infra/definitions/access_log.json says what stands in a line. A line comes some minutes after its
call, and is kept for as long as the stage keeps its logs.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.aws import client, speaking_to
from adapters.definitions import definition, stage

# What API Gateway writes where it knows nothing.
_NOTHING = "-"
# Fifteen symbols and a sign of equality, which gets lost where somebody copies a word.
_ID = re.compile(r"([0-9A-Za-z+/_-]{15})=?")


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call. Texts are empty, and times None, where the gateway did not get so far.

    `refused_by` is the gateway's own refusal (a key of gateway_responses in api.json), `resource`
    the path of the route, `latency` and `function_ms` are milliseconds.
    """

    at: datetime
    request_id: str
    method: str
    resource: str
    status: int
    refused_by: str = ""
    key_id: str = ""
    tenant_id: str = ""
    latency: int | None = None
    function_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one look found. With a `token` there is more to look at, also where nothing was found.
    It is good for 24 hours."""

    call: LoggedCall | None
    token: str


def log_group() -> str:
    return f"/gatehouse/{stage()}/{definition('access_log')['name']}"


def request_id_of(text: str) -> str:
    """Return the request id as the log has it, or nothing where the text cannot be one."""
    found = _ID.fullmatch(text.strip().strip("\"'"))
    return f"{found[1]}=" if found else ""


def look_for_call(
    request_id: str, *, since: datetime, until: datetime | None = None, token: str = ""
) -> Page:
    """Look for the call of an id that `request_id_of` returned, one page of the log.

    AWS lets so few searches through (`searches` of the definition) that each of them takes a turn.
    Raises NotThere where the stage has no such log, TryLater or Refused.
    """
    asked: dict[str, Any] = {
        "logGroupName": log_group(),
        "filterPattern": f'{{ $.request_id = "{request_id}" }}',
        "startTime": _millis(since),
    }
    if until:
        asked["endTime"] = _millis(until)
    if token:
        asked["nextToken"] = token
    with speaking_to("logs"):
        answer: dict[str, Any] = client("logs").filter_log_events(**asked)
    calls = [_call(json.loads(event["message"])) for event in answer["events"]]
    return Page(calls[0] if calls else None, answer.get("nextToken", ""))


def _call(line: dict[str, str]) -> LoggedCall:
    known = {name: value for name, value in line.items() if value != _NOTHING}
    return LoggedCall(
        at=datetime.fromtimestamp(int(line["time"]) / 1000, UTC),
        request_id=line["request_id"],
        method=known.get("method", ""),
        resource=known.get("resource", ""),
        status=int(known.get("status", 0)),
        refused_by=known.get("refused_by", ""),
        key_id=known.get("key_id", ""),
        tenant_id=known.get("tenant_id", ""),
        latency=_number(known, "latency"),
        function_ms=_number(known, "function_ms"),
    )


def _number(known: dict[str, str], name: str) -> int | None:
    return int(known[name]) if name in known else None


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
