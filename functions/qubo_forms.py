"""The three forms in which a QUBO is sent: a matrix, a list of terms, a dictionary.

All mean the same: minimise the sum of value * x_i * x_j over everything that was sent.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from functions.couplings import Matrix
from functions.json_bodies import decline

# The sum of 256 x 256 such coefficients is still a number.
LARGEST_COEFFICIENT = 1e300
LONGEST_LABEL = 64

Tier = dict[str, Any]
Term = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class Problem:
    """A square matrix; `labels` are what the sender calls the variables, if it is a dictionary."""

    matrix: Matrix
    labels: tuple[str, ...] = ()

    def told(self, solution: list[int]) -> list[int] | dict[str, int]:
        """Return the solution in the words of whoever sent the problem."""
        return dict(zip(self.labels, solution, strict=True)) if self.labels else solution


def read_matrix(value: Any, tier: Tier) -> Problem:
    """Read [[-1, 2], [0, -1]]."""
    if not isinstance(value, list) or not value:
        sentence = '"qubo" must be a list of rows or a dictionary. A list must not be empty.'
        decline("qubo_invalid", sentence, "qubo")
    _refuse_too_many(len(value), tier, "qubo")
    return Problem([_row(row, index, length=len(value)) for index, row in enumerate(value)])


def read_terms(value: Any, tier: Tier) -> Problem:
    """Read [[0, 0, -1], [0, 1, 2]]: row, column, value. Repeated places are added together, as
    they are in a sparse matrix of this form elsewhere."""
    if not isinstance(value, list) or not value:
        sentence = '"terms" must be a list of [row, column, value], and not empty.'
        decline("qubo_invalid", sentence, "terms")
    most = tier["max_variables"]
    if len(value) > most**2:
        sentence = f"There are {len(value)} terms. The {tier['label']} tier takes {most**2}."
        decline("too_many_terms", sentence, "terms")
    terms = [_term(term, index, tier) for index, term in enumerate(value)]
    return Problem(_summed(terms, 1 + max(max(row, column) for row, column, _ in terms)))


def read_dictionary(value: dict[str, Any], tier: Tier) -> Problem:
    """Read {"a,b": 2} or {"a": {"b": 2}}. A pair may stand there both ways round: both count."""
    places: dict[str, int] = {}
    terms: dict[tuple[int, int], float] = {}
    for first, second, number, *steps in _entries(value):
        for label in (first, second):
            places.setdefault(label, len(places))
        _refuse_too_many(len(places), tier, "qubo", *steps)
        place = places[first], places[second]
        if place in terms:
            decline("qubo_invalid", "This pair stands in the dictionary twice.", "qubo", *steps)
        if not _is_coefficient(number):
            _decline_number("The value of this pair", "qubo", *steps)
        terms[place] = float(number)
    if not terms:
        decline("qubo_invalid", '"qubo" must not be empty.', "qubo")
    flat = [(row, column, number) for (row, column), number in terms.items()]
    return Problem(_summed(flat, len(places)), tuple(places))


def _entries(value: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield both labels, the value, and the steps of the way there."""
    for name, inner in value.items():
        if isinstance(inner, dict):
            first = _label(name, name)
            for other, number in inner.items():
                yield first, _label(other, name, other), number, name, other
        else:
            first, comma, second = name.partition(",")
            if not comma or "," in second:
                sentence = 'Name a pair as "a,b", and a variable alone as "a,a".'
                decline("qubo_invalid", sentence, "qubo", name)
            yield _label(first, name), _label(second, name), inner, name


def _label(text: str, *steps: str) -> str:
    label = text.strip()
    if not 0 < len(label) <= LONGEST_LABEL:
        sentence = f"A variable's name must have 1 to {LONGEST_LABEL} characters."
        decline("qubo_invalid", sentence, "qubo", *steps)
    return label


def _row(value: Any, index: int, *, length: int) -> list[float]:
    if not isinstance(value, list) or len(value) != length:
        decline(
            "qubo_invalid",
            f'"qubo" row {index + 1} must have {length} numbers: the matrix must be square. '
            'A list of [row, column, value] is sent as "terms".',
            "qubo",
            index,
        )
    for column, number in enumerate(value):
        if not _is_coefficient(number):
            where = f'"qubo" row {index + 1}, column {column + 1}'
            _decline_number(where, "qubo", index, column)
    return [float(number) for number in value]


def _term(value: Any, index: int, tier: Tier) -> Term:
    if not isinstance(value, list) or len(value) != 3:
        sentence = f'"terms" item {index + 1} must be [row, column, value].'
        decline("qubo_invalid", sentence, "terms", index)
    for place, number in enumerate(value[:2]):
        if type(number) is not int or number < 0:
            sentence = "Rows and columns are whole numbers from 0."
            decline("qubo_invalid", sentence, "terms", index, place)
        _refuse_too_many(number + 1, tier, "terms", index, place)
    row, column, number = value
    if not _is_coefficient(number):
        _decline_number(f'The value of "terms" item {index + 1}', "terms", index, 2)
    return row, column, float(number)


def _is_coefficient(value: Any) -> bool:
    # JSON's true and false are integers to Python; NaN and Infinity are read as floats.
    return type(value) in (int, float) and abs(value) <= LARGEST_COEFFICIENT


def _decline_number(where: str, *place: object) -> NoReturn:
    decline("qubo_invalid", f"{where} must be a finite number of at most 1e300.", *place)


def _refuse_too_many(variables: int, tier: Tier, *place: object) -> None:
    most = tier["max_variables"]
    if variables > most:
        decline(
            "too_many_variables",
            f"There are too many variables. The {tier['label']} tier solves up to {most}: "
            "send a smaller problem or move to a higher tier.",
            *place,
        )


def _summed(terms: list[Term], size: int) -> Matrix:
    """Return the matrix. Sums are rounded once, so that their order makes no difference."""
    parts: dict[tuple[int, int], list[float]] = {}
    for row, column, number in terms:
        parts.setdefault((row, column), []).append(number)
    matrix = [[0.0] * size for _ in range(size)]
    for (row, column), numbers in parts.items():
        matrix[row][column] = math.fsum(numbers)
    return matrix
