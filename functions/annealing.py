"""A small QUBO solver: minimise x'Qx over binary x by simulated annealing, in plain Python.

How long it works is counted in steps, which follow from size, reads and sweeps, never from the
clock: the same matrix, effort and seed give the same answer and the same bill everywhere.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from functions.couplings import Matrix, Neighbours, flip, halved_and_scaled, neighbours_of
from functions.exhausting import EXHAUSTIVE_UP_TO, optimum

READS = 4
SWEEPS = 300
STEPS_PER_UNIT = 1_000_000
# What one vCPU does in a second even where nearly every flip is taken; usually it is ten times
# that. docs/solver.md tells customers that a time limit is counted like this.
STEPS_PER_SECOND = 20_000_000


class TooSlow(Exception):
    """The machine did not get through the steps in the time that there is. There is no answer."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look: so many annealings, each so many times over all variables."""

    reads: int = READS
    sweeps: int = SWEEPS

    def within(self, steps: int, *, variables: int) -> "Effort":
        """Return the most of it that fits into this many steps: fewer reads first, then, of the
        one that is left, fewer sweeps."""
        reads = min(self.reads, steps // (variables**2 * self.sweeps))
        if reads:
            return Effort(reads, self.sweeps)
        return Effort(1, max(1, min(self.sweeps, steps // variables**2)))


USUAL = Effort()


@dataclass(frozen=True, slots=True)
class Solution:
    solution: list[int]
    energy: float
    units: int


def solve(
    qubo: Matrix,
    *,
    seed: int | None,
    effort: Effort = USUAL,
    is_late: Callable[[], bool] = lambda: False,
) -> Solution:
    """Return the best x found for a square matrix of finite numbers, symmetric or not.

    Up to 12 variables it is the optimum; above, the best of several annealings. The same seed
    gives the same answer; None draws a new one each time. Raises TooSlow once `is_late`.
    """
    variables = len(qubo)
    if variables <= EXHAUSTIVE_UP_TO:
        best = optimum(qubo)
    else:
        chance = random.Random(seed)  # noqa: S311 - a search, not a secret
        best = _annealed(qubo, chance, effort, is_late)
    return Solution(best, energy_of(qubo, best), units_for(variables, effort))


def steps_for(variables: int, effort: Effort) -> int:
    """Return how many steps solving takes.

    Looking at one flip costs as many steps as there are variables. An exhaustive search looks at
    2^n flips, annealing at n flips in each sweep of each read.
    """
    if variables <= EXHAUSTIVE_UP_TO:
        return int(2**variables * variables)
    return variables**2 * effort.sweeps * effort.reads


def units_for(variables: int, effort: Effort = USUAL) -> int:
    """Return what solving costs: one unit for each million steps begun.

    So, unless more is asked for, up to 28 variables cost 1 unit, 64 cost 5, 256 cost 79.
    """
    return max(1, math.ceil(steps_for(variables, effort) / STEPS_PER_UNIT))


def energy_of(qubo: Matrix, solution: list[int]) -> float:
    """Return x'Qx, rounded once at the end."""
    chosen = [index for index, bit in enumerate(solution) if bit]
    # Adding 0.0 turns -0.0, which JSON would show, into 0.0.
    return math.fsum(qubo[row][column] for row in chosen for column in chosen) + 0.0


def _annealed(
    qubo: Matrix, chance: random.Random, effort: Effort, is_late: Callable[[], bool]
) -> list[int]:
    matrix, diagonal = halved_and_scaled(qubo)
    if not matrix:
        return [0] * len(qubo)
    temperatures = _temperatures(matrix, diagonal, effort.sweeps)
    neighbours = neighbours_of(matrix)
    found = [
        _anneal(neighbours, diagonal, temperatures, chance, is_late) for _ in range(effort.reads)
    ]
    return min(found, key=lambda solution: energy_of(qubo, solution))


def _anneal(
    neighbours: Neighbours[float],
    diagonal: list[float],
    temperatures: list[float],
    chance: random.Random,
    is_late: Callable[[], bool],
) -> list[int]:
    """Start anywhere, cool down, and end in the nearest valley.

    `field` holds for each variable what setting it would add: kept up to date by each flip, it
    makes looking at one a look-up instead of a sum. A flip that changes nothing is taken every
    second time (a heat bath): if it always were, a flaw would go round a ring with each sweep
    and never meet the other that it cancels out with.
    """
    size = len(diagonal)
    current, field = [0] * size, list(diagonal)
    for index in range(size):
        if chance.random() < 0.5:
            flip(current, field, neighbours, index)
    for temperature in temperatures:
        if is_late():
            raise TooSlow
        for index in range(size):
            change = (-field[index] if current[index] else field[index]) / temperature
            # Whatever comes after 40 is flipped once in 10^17 times.
            if change < 40 and chance.random() < 1 / (1 + math.exp(change)):
                flip(current, field, neighbours, index)
    _descend(neighbours, current, field)
    return current


def _descend(neighbours: Neighbours[float], current: list[int], field: list[float]) -> None:
    """Take the steepest step down while there is one, at most a few times the number of bits."""
    for _ in range(4 * len(current)):
        changes = [-add if bit else add for bit, add in zip(current, field, strict=True)]
        steepest = min(changes)
        if steepest >= 0:
            return
        flip(current, field, neighbours, changes.index(steepest))


def _temperatures(coupling: Matrix, diagonal: list[float], sweeps: int) -> list[float]:
    """Cool geometrically from where every flip is likely to where the smallest one is not.

    Hot is the typical size of the largest field; cold a tenth of the smallest coefficient, but no
    less than a thousandth of hot, so that noise in a matrix cannot use up the whole schedule.
    """
    rows = [[own, *row] for own, row in zip(diagonal, coupling, strict=True)]
    hot = max(math.hypot(*row) for row in rows)
    smallest = min(abs(value) for row in rows for value in row if value)
    cold = min(hot / 10, max(smallest / 10, hot / 1000))
    ratio = (cold / hot) ** (1 / max(1, sweeps - 1))
    return [hot * ratio**sweep for sweep in range(sweeps)]
