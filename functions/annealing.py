"""A small QUBO solver: minimise x'Qx over binary x by simulated annealing, in plain Python.

How long it works depends on the size alone, never on the clock: the same matrix and seed give the
same answer and the same bill everywhere.
"""

import math
import operator
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Matrix = Sequence[Sequence[float]]
Number = TypeVar("Number", int, float)

EXHAUSTIVE_UP_TO = 12
RESTARTS = 4
SWEEPS = 300
STEPS_PER_UNIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Solution:
    solution: list[int]
    energy: float
    units: int


def solve(qubo: Matrix, *, seed: int | None) -> Solution:
    """Return the best x found for a square matrix of finite numbers, symmetric or not.

    Up to 12 variables it is the optimum; above, the best of several annealings. The same seed
    gives the same answer; None draws a new one each time.
    """
    variables = len(qubo)
    chance = random.Random(seed)  # noqa: S311 - a search, not a secret
    best = _optimum(qubo) if variables <= EXHAUSTIVE_UP_TO else _annealed(qubo, chance)
    return Solution(best, energy_of(qubo, best), units_for(variables))


def units_for(variables: int) -> int:
    """Return what solving costs: one unit for each million steps begun.

    Looking at one flip costs as many steps as there are variables. An exhaustive search looks at
    2^n flips, annealing at n flips in each of 300 sweeps of each of 4 restarts. So up to 28
    variables cost 1 unit, 64 cost 5, 256 cost 79.
    """
    exhaustive = variables <= EXHAUSTIVE_UP_TO
    flips = 2**variables if exhaustive else variables * SWEEPS * RESTARTS
    return max(1, math.ceil(flips * variables / STEPS_PER_UNIT))


def energy_of(qubo: Matrix, solution: list[int]) -> float:
    """Return x'Qx, rounded once at the end."""
    chosen = [index for index, bit in enumerate(solution) if bit]
    # Adding 0.0 turns -0.0, which JSON would show, into 0.0.
    return math.fsum(qubo[row][column] for row in chosen for column in chosen) + 0.0


def _optimum(qubo: Matrix) -> list[int]:
    """Try every x in Gray code order, where each differs from the one before in a single bit.

    In whole numbers, so that a large coefficient cannot swallow a small one on the way.
    """
    coupling, field = _symmetrised(_whole(qubo))
    current = [0] * len(field)
    energy = best_energy = 0
    best = current[:]
    for step in range(1, 2 ** len(field)):
        flipped = (step & -step).bit_length() - 1  # the lowest bit set in the step's number
        energy += _flip(current, field, coupling, flipped)
        if energy < best_energy:
            best_energy, best = energy, current[:]
    return best


def _whole(qubo: Matrix) -> list[list[int]]:
    """Return the matrix times the power of two that makes every coefficient whole."""
    ratios = [[value.as_integer_ratio() for value in row] for row in qubo]
    scale = max(denominator for row in ratios for _, denominator in row)
    return [[numerator * (scale // below) for numerator, below in row] for row in ratios]


def _annealed(qubo: Matrix, chance: random.Random) -> list[int]:
    # Halved, so that no pair of the largest floats overflows; the peak is that of the pairs,
    # because the two halves of a matrix can cancel out.
    coupling, diagonal = _symmetrised([[value / 2 for value in row] for row in qubo])
    peak = max(abs(value) for row in [*coupling, diagonal] for value in row)
    if not peak:
        return [0] * len(qubo)
    coupling = [[value / peak for value in row] for row in coupling]
    diagonal = [value / peak for value in diagonal]
    temperatures = _temperatures(coupling, diagonal)
    found = [_anneal(coupling, diagonal, temperatures, chance) for _ in range(RESTARTS)]
    return min(found, key=lambda solution: energy_of(qubo, solution))


def _symmetrised(qubo: Sequence[Sequence[Number]]) -> tuple[list[list[Number]], list[Number]]:
    """Return what each pair adds together, and what each variable adds alone."""
    size = range(len(qubo))
    coupling = [[qubo[i][j] + qubo[j][i] if i != j else 0 for j in size] for i in size]
    return coupling, [qubo[i][i] for i in size]


def _flip(
    current: list[int], field: list[Number], coupling: Sequence[Sequence[Number]], index: int
) -> Number:
    """Flip one bit and return how the energy changed.

    `field` holds for each variable what setting it would add: kept up to date here, it makes
    looking at a flip one look-up instead of a sum.
    """
    was_set = current[index]
    change = -field[index] if was_set else field[index]
    field[:] = map(operator.sub if was_set else operator.add, field, coupling[index])
    current[index] = 1 - was_set
    return change


def _anneal(
    coupling: Matrix, diagonal: Sequence[float], temperatures: list[float], chance: random.Random
) -> list[int]:
    """Start anywhere, cool down, and end in the nearest valley."""
    size = len(diagonal)
    current, field = [0] * size, list(diagonal)
    for index in range(size):
        if chance.random() < 0.5:
            _flip(current, field, coupling, index)
    for temperature in temperatures:
        for index in range(size):
            change = -field[index] if current[index] else field[index]
            if change <= 0 or chance.random() < math.exp(-change / temperature):
                _flip(current, field, coupling, index)
    _descend(current, field, coupling)
    return current


def _descend(current: list[int], field: list[float], coupling: Matrix) -> None:
    """Take the steepest step down while there is one, at most a few times the number of bits."""
    for _ in range(4 * len(current)):
        changes = [-add if bit else add for bit, add in zip(current, field, strict=True)]
        steepest = min(changes)
        if steepest >= 0:
            return
        _flip(current, field, coupling, changes.index(steepest))


def _temperatures(coupling: Matrix, diagonal: Sequence[float]) -> list[float]:
    """Cool geometrically from where every flip is likely to where the smallest one is not.

    Hot is the typical size of the largest field; cold a tenth of the smallest coefficient, but no
    less than a thousandth of hot, so that noise in a matrix cannot use up the whole schedule.
    """
    rows = [[own, *row] for own, row in zip(diagonal, coupling, strict=True)]
    hot = max(math.hypot(*row) for row in rows)
    smallest = min(abs(value) for row in rows for value in row if value)
    cold = min(hot / 10, max(smallest / 10, hot / 1000))
    ratio = (cold / hot) ** (1 / (SWEEPS - 1))
    return [hot * ratio**sweep for sweep in range(SWEEPS)]
