"""The door of functions that our own services invoke directly: IAM says who may.

JSON in, JSON out. A refusal is an answer. What the caller must repeat or mend is raised, and
Lambda reports it as the error of the invocation: TryLater, BadEvent, Refused, Broken.
"""

import json
import re
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from adapters.errors import OutsideError

Event = dict[str, Any]
Work = Callable[[Event, Any], dict[str, Any]]
Fields = Mapping[str, type]

_SAID = {str: "a string", bool: "true or false", int: "a whole number"}
# As long as the portal's column, and without "#": keys of our tables are put together with it.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")


class BadEvent(Exception):
    """The event is not as the function's docstring says. The text is for the caller's developer."""


class Broken(Exception):
    """A bug of ours. Where it is stands in the log."""


def door(work: Work) -> Work:
    """Let through what the caller can act on; log where anything else broke, without its text,
    which might quote a code."""

    @wraps(work)
    def handler(event: Event, context: Any) -> dict[str, Any]:
        try:
            return work(event, context)
        except (BadEvent, OutsideError):
            raise
        except Exception as error:  # the outermost door
            _log(work, error)
            raise Broken("Something broke on our side. The log says where.") from None

    return handler


def read_fields(event: object, *, needs: Fields, may_have: Fields) -> Event:
    """Return the event if it has these fields, of these types, and no others.

    A field that we do not know is refused: a misspelled wish must not become another one.
    """
    if not isinstance(event, dict):
        raise BadEvent("Send a JSON object.")
    known = {**needs, **may_have}
    for name in sorted(needs.keys() - event.keys()):
        raise BadEvent(f'"{name}" is missing.')
    for name in sorted(event.keys() - known.keys()):
        raise BadEvent(f'"{name[:40]}" is not known. Send {", ".join(known)}.')
    for name, value in event.items():
        if type(value) is not known[name]:  # JSON's true is an integer to Python
            raise BadEvent(f'"{name}" must be {_SAID[known[name]]}.')
    return event


def read_email(text: str) -> str:
    """Return the address as the portal keeps it."""
    if "@" not in text:
        raise BadEvent('"email" must be an e-mail address.')
    return text.strip().casefold()


def read_id(event: Event, name: str) -> str:
    if not _ID.fullmatch(event[name]):
        raise BadEvent(f'"{name}" must be 1 to 64 letters, digits, and any of . : _ -')
    return str(event[name])


def read_number(event: Event, name: str, *, most: int) -> int:
    if not 1 <= event[name] <= most:
        raise BadEvent(f'"{name}" must be from 1 to {most}.')
    return int(event[name])


def _log(work: Work, error: Exception) -> None:
    where = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    line = {"level": "error", "function": work.__module__, "error": type(error).__name__}
    print(json.dumps({**line, "where": where[-5:]}))
