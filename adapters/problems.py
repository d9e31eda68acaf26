"""Every error of the API, its gateway's and its function's alike, as problem details (RFC 9457).

infra/definitions/problems.json lists all codes. A code never changes its meaning: programs decide
by it, and people read `detail`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from adapters.definitions import definition

CONTENT_TYPE = "application/problem+json"
MOST_OF_A_NAME = 80


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at one place of the body; `pointer` is one of RFC 6901: #/qubo/0/1."""

    pointer: str
    detail: str


def status_of(code: str) -> int:
    return int(definition("problems")["problems"][code]["status"])


def problem(
    code: str, *, detail: str, request_id: str, mistakes: Iterable[Mistake] = ()
) -> dict[str, Any]:
    """Return the body. `message` says the same as `detail`: what reads API Gateway reads that."""
    known = definition("problems")
    told = {
        "type": known["types"] + code,
        "title": known["problems"][code]["title"],
        "status": status_of(code),
        "detail": detail,
        "message": detail,
        "code": code,
        "request_id": request_id,
    }
    errors = [{"pointer": each.pointer, "detail": each.detail} for each in mistakes]
    return told | ({"errors": errors} if errors else {})


def pointer(*steps: object) -> str:
    """Return the JSON pointer to a place of the body, as a fragment: #/terms/3/2."""
    return "#" + "".join(f"/{_escaped(str(step))}" for step in steps)


def _escaped(step: str) -> str:
    """Escape as RFC 6901 says for fragments. Of a very long name the beginning is enough."""
    told = step[:MOST_OF_A_NAME].replace("~", "~0").replace("/", "~1")
    # JSON may carry half a character ("\\ud800"), which no encoding knows.
    return quote(told, safe="~,", errors="replace")
