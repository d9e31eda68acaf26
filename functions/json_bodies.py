"""A body as a JSON object, read strictly and with bounded memory."""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from adapters.problems import Mistake, pointer
from functions.replies import Declined

# Twice what the largest problem takes with every digit that a float has. Python may need forty
# times as much to hold it, and the function has a limit.
MOST_CHARACTERS = 4 * 1024 * 1024


class _Twice(Exception):
    """A name stands twice in one object: whoever wrote it meant both, and Python keeps one."""


def read_object(body: str | None, *, known: Iterable[str]) -> dict[str, Any]:
    """Return the object with no name twice and none that is not known, or raise Declined."""
    if len(body or "") > MOST_CHARACTERS:
        decline("body_too_large", f"The body may have {MOST_CHARACTERS} characters.")
    try:
        fields = json.loads(body or "", object_pairs_hook=_without_twins)
    except _Twice as error:
        decline("body_not_json", f'The name "{error}" stands twice in one object.')
    # Brackets nested a thousand deep end in RecursionError, other nonsense in ValueError.
    except (ValueError, RecursionError):
        decline("body_not_json", 'The body is not JSON. Send {"qubo": [[...]]}.')
    if not isinstance(fields, dict):
        decline("body_not_json", 'The body is not a JSON object. Send {"qubo": [[...]]}.')
    for name in sorted(fields.keys() - set(known)):
        sentence = f'The field "{name[:40]}" is not known. Send {", ".join(known)} only.'
        decline("field_unknown", sentence, name)
    return fields


def decline(code: str, sentence: str, *place: object) -> NoReturn:
    """Raise Declined with the sentence, and with the place in the body where there is one."""
    raise Declined(code, sentence, [Mistake(pointer(*place), sentence)] if place else [])


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _Twice(name[:40])
            seen.add(name)
    return found
