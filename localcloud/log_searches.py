"""FilterLogEvents as AWS has it: moto answers every line to a pattern of JSON, in one page.

A search looks through so many lines a page, whether they match or not, so a page may be empty and
have another one after it. Of the patterns of JSON only a field that equals a text is known.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import re
from typing import Any

from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogGroup
from moto.logs.utils import EventMessageFilter

from localcloud.corrections import Corrections

corrections = Corrections()
LINES_A_PAGE = 1_000

_EQUALS = re.compile(r'\{\s*\$\.(\w+)\s*=\s*"([^"*\\]*)"\s*\}')


@corrections.of(LogGroup)
def filter_log_events(
    stock: Any,
    group: LogGroup,
    log_group_name: str,
    log_stream_names: list[str],
    start_time: int | None,
    end_time: int | None,
    limit: int | None,
    next_token: str | None,
    filter_pattern: str | None,
    interleaved: bool,
) -> tuple[list[dict[str, Any]], str | None, list[dict[str, Any]]]:
    pattern, after = _pattern(filter_pattern or ""), _place(next_token)
    waiting = sorted(
        ((event.timestamp, event.event_id), name, event)
        for name, stream in group.streams.items()
        if not log_stream_names or name in log_stream_names
        for event in stream.events
        if (start_time or 0) <= event.timestamp <= (end_time or event.timestamp)
    )
    ahead = [each for each in waiting if each[0] > after]
    page = ahead[: min(limit or LINES_A_PAGE, LINES_A_PAGE)]
    found = [
        event.to_filter_dict() | {"logStreamName": name}
        for _place, name, event in page
        if pattern(event.message)
    ]
    token = "{}@{}".format(*page[-1][0]) if len(ahead) > len(page) else None
    return found, token, []


def _place(token: str | None) -> tuple[int, int]:
    """Return the time and id of the last line that was looked at."""
    if not token:
        return (0, -1)
    try:
        at, _, number = token.partition("@")
        return int(at), int(number)
    except ValueError as error:
        raise InvalidParameterException("The specified nextToken is invalid.") from error


def _pattern(text: str) -> Any:
    if not text.startswith("{"):
        return EventMessageFilter(text).matches
    equals = _EQUALS.fullmatch(text.strip())
    if not equals:
        raise InvalidParameterException("The local cloud does not know this filter pattern.")
    name, value = equals.groups()
    return lambda message: _fields(message).get(name) == value


def _fields(message: str) -> dict[str, Any]:
    try:
        told = json.loads(message)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
