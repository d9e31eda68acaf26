"""The body of POST /v1/solve, checked field by field so that the answer names what to change."""

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from adapters.definitions import definition
from functions.replies import Declined

MOST_SEED = 2**32 - 1
# The sum of 256 x 256 such coefficients is still a number.
LARGEST_COEFFICIENT = 1e300


@dataclass(frozen=True, slots=True)
class SolveRequest:
    qubo: list[list[float]]
    seed: int | None


def read_solve_request(body: str | None, *, tier: str) -> SolveRequest:
    """Return the request, or raise Declined with 400."""
    fields = _fields(body)
    if "qubo" not in fields:
        _decline("field_missing", 'Send the matrix as "qubo".')
    qubo = _matrix(fields["qubo"], most=definition("tiers")[tier]["max_variables"], tier=tier)
    return SolveRequest(qubo, _seed(fields["seed"]) if "seed" in fields else None)


def _fields(body: str | None) -> dict[str, Any]:
    try:
        fields = json.loads(body or "")
    # Brackets nested a thousand deep end in RecursionError, other nonsense in ValueError.
    except (ValueError, RecursionError):
        _decline("body_not_json", 'The body is not JSON. Send {"qubo": [[...]]}.')
    if not isinstance(fields, dict):
        _decline("body_not_json", 'The body is not a JSON object. Send {"qubo": [[...]]}.')
    for name in sorted(fields.keys() - {"qubo", "seed"}):
        _decline(
            "field_unknown", f'The field "{name[:40]}" is not known. Send "qubo" and "seed" only.'
        )
    return fields


def _matrix(value: Any, *, most: int, tier: str) -> list[list[float]]:
    if not isinstance(value, list) or not value:
        _decline("qubo_invalid", '"qubo" must be a list of rows. Send a square matrix of numbers.')
    if len(value) > most:
        _decline(
            "too_many_variables",
            f'"qubo" has {len(value)} rows. The {tier} tier solves up to {most}: '
            "send a smaller matrix or move to a higher tier.",
        )
    return [_row(row, index, length=len(value)) for index, row in enumerate(value)]


def _row(value: Any, index: int, *, length: int) -> list[float]:
    if not isinstance(value, list) or len(value) != length:
        _decline(
            "qubo_invalid",
            f'"qubo" row {index + 1} must have {length} numbers: the matrix must be square.',
        )
    for column, number in enumerate(value):
        # JSON's true and false are integers to Python; NaN and Infinity are read as floats.
        if type(number) not in (int, float) or not abs(number) <= LARGEST_COEFFICIENT:
            _decline(
                "qubo_invalid",
                f'"qubo" row {index + 1}, column {column + 1} must be a finite number '
                "of at most 1e300.",
            )
    return [float(number) for number in value]


def _seed(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST_SEED:
        _decline(
            "seed_invalid", f'"seed" must be a whole number from 0 to {MOST_SEED}, or left out.'
        )
    return int(value)


def _decline(code: str, message: str) -> NoReturn:
    raise Declined(code, message)
