"""What pairs of variables add together, kept so that a flip of one is cheap to follow up."""

from collections.abc import Sequence
from typing import TypeVar

Matrix = Sequence[Sequence[float]]
Number = TypeVar("Number", int, float)
Neighbours = Sequence[Sequence[tuple[int, Number]]]


def symmetrised(qubo: Sequence[Sequence[Number]]) -> tuple[list[list[Number]], list[Number]]:
    """Return what each pair adds together, and what each variable adds alone."""
    size = range(len(qubo))
    coupling = [[qubo[i][j] + qubo[j][i] if i != j else 0 for j in size] for i in size]
    return coupling, [qubo[i][i] for i in size]


def halved_and_scaled(qubo: Matrix) -> tuple[list[list[float]], list[float]]:
    """Return the same with 1 as the largest number; empty if nothing is left to minimise.

    Halved first, so that no pair of the largest floats overflows; the peak is that of the pairs,
    because the two halves of a matrix can cancel out.
    """
    coupling, diagonal = symmetrised([[value / 2 for value in row] for row in qubo])
    peak = max(abs(value) for row in [*coupling, diagonal] for value in row)
    if not peak:
        return [], []
    return [[value / peak for value in row] for row in coupling], [
        value / peak for value in diagonal
    ]


def neighbours_of(coupling: Sequence[Sequence[Number]]) -> Neighbours[Number]:
    """Return of each row the numbers that are not nought, with their places.

    Even where none is nought, going through them is no slower than adding rows by `map`; where
    each variable has 4 neighbours among 256, solving takes a tenth of the time.
    """
    return [[(place, value) for place, value in enumerate(row) if value] for row in coupling]


def flip(
    current: list[int], field: list[Number], neighbours: Neighbours[Number], index: int
) -> None:
    """Flip one bit, and keep up to date what setting each of the others would add."""
    if current[index]:
        current[index] = 0
        for other, value in neighbours[index]:
            field[other] -= value
    else:
        current[index] = 1
        for other, value in neighbours[index]:
            field[other] += value
