"""The optimum of a small QUBO: every x is tried."""

from functions.couplings import Matrix, flip, neighbours_of, symmetrised

EXHAUSTIVE_UP_TO = 12


def optimum(qubo: Matrix) -> list[int]:
    """Try every x in Gray code order, where each differs from the one before in a single bit.

    In whole numbers, so that a large coefficient cannot swallow a small one on the way.
    """
    coupling, field = symmetrised(_whole(qubo))
    neighbours = neighbours_of(coupling)
    current = [0] * len(field)
    energy = best_energy = 0
    best = current[:]
    for step in range(1, 2 ** len(field)):
        flipped = (step & -step).bit_length() - 1  # the lowest bit set in the step's number
        energy += -field[flipped] if current[flipped] else field[flipped]
        flip(current, field, neighbours, flipped)
        if energy < best_energy:
            best_energy, best = energy, current[:]
    return best


def _whole(qubo: Matrix) -> list[list[int]]:
    """Return the matrix times the power of two that makes every coefficient whole."""
    ratios = [[value.as_integer_ratio() for value in row] for row in qubo]
    scale = max(denominator for row in ratios for _, denominator in row)
    return [[numerator * (scale // below) for numerator, below in row] for row in ratios]
