"""The solver: right where it can be checked, the same each time, and bounded."""

import itertools
import json
import random
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.annealing import solve, units_for


def squares(numbers, largest):
    return st.integers(1, largest).flatmap(
        lambda n: st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=n, max_size=n)
    )


def exact_energy(qubo, solution):
    chosen = [index for index, bit in enumerate(solution) if bit]
    return sum((Fraction(qubo[i][j]) for i in chosen for j in chosen), Fraction(0))


def least_energy(qubo):
    every = itertools.product([0, 1], repeat=len(qubo))
    return min(exact_energy(qubo, solution) for solution in every)


def noise(size, seed=1):
    chance = random.Random(seed)
    return [[chance.uniform(-1, 1) for _ in range(size)] for _ in range(size)]


@settings(max_examples=40, deadline=None)
@given(squares(st.floats(-1e15, 1e15), 5))
def test_a_small_matrix_is_always_solved(qubo):
    found = solve(qubo, seed=0)

    assert exact_energy(qubo, found.solution) == least_energy(qubo)


@settings(max_examples=60, deadline=None)
@given(squares(st.floats(-1e15, 1e15), 14), st.integers(0, 2**32 - 1))
def test_the_energy_is_that_of_the_solution(qubo, seed):
    found = solve(qubo, seed=seed)

    assert set(found.solution) <= {0, 1}
    assert found.energy == float(exact_energy(qubo, found.solution))


def test_a_small_coefficient_counts_beside_a_huge_one():
    qubo = [[1e20, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1e-9]]

    assert solve(qubo, seed=0).solution == [0, 1, 1]


def test_twelve_variables_are_solved_to_the_optimum():
    qubo = noise(12)

    assert exact_energy(qubo, solve(qubo, seed=0).solution) == least_energy(qubo)


@pytest.mark.parametrize("seed", [1, 2])
def test_annealing_finds_the_optimum_of_a_matrix_that_can_be_checked(seed):
    qubo = noise(13, seed)

    assert exact_energy(qubo, solve(qubo, seed=1).solution) == least_energy(qubo)


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e290])
def test_a_planted_solution_is_found_at_any_scale(scale):
    planted = [random.Random(7).randint(0, 1) for _ in range(64)]
    # Each pair is cheapest as planted, and the first variable settles which way round.
    signs = [2 * bit - 1 for bit in planted]
    qubo = [[-4 * scale * a * b for b in signs] for a in signs]
    for index, own in enumerate(signs):
        qubo[index][index] = 4 * scale * own * sum(signs) - 4 * scale - scale * own

    assert solve(qubo, seed=3).solution == planted


def test_what_is_too_small_for_the_last_temperature_is_settled_in_the_end():
    qubo = [[-(10.0**-i) if i == j else 0.0 for j in range(13)] for i in range(13)]

    assert solve(qubo, seed=0).solution == [1] * 13


def test_a_matrix_that_is_not_symmetric_means_the_sum_of_both_halves():
    upper = [[-1.0, 3.0], [0.0, -2.0]]
    lower = [[-1.0, 0.0], [3.0, -2.0]]

    assert solve(upper, seed=0) == solve(lower, seed=0)


def test_halves_that_cancel_out_leave_nothing_to_minimise():
    qubo = [[float((i < j) - (i > j)) for j in range(13)] for i in range(13)]

    assert solve(qubo, seed=0).energy == 0


@pytest.mark.parametrize("extreme", [5e-324, 1e-310, 1.7e308])
def test_the_smallest_and_largest_floats_break_nothing(extreme):
    qubo = [[0.0] * 13 for _ in range(13)]
    qubo[3][3], qubo[0][1], qubo[1][0] = -extreme, extreme, extreme

    assert solve(qubo, seed=0).energy <= 0


def test_the_same_seed_gives_the_same_answer():
    assert solve(noise(40), seed=5) == solve(noise(40), seed=5)


def test_without_a_seed_it_is_solved_as_well():
    found = solve(noise(20), seed=None)

    assert found.energy < 0


def test_no_bit_can_be_flipped_for_the_better():
    qubo = noise(30)
    found = solve(qubo, seed=2)

    for index in range(30):
        neighbour = [bit ^ (place == index) for place, bit in enumerate(found.solution)]
        assert exact_energy(qubo, neighbour) >= exact_energy(qubo, found.solution) - Fraction(1e-9)


@pytest.mark.parametrize("size", [1, 12, 13, 20])
def test_a_matrix_of_zeros_costs_nothing_in_energy(size):
    found = solve([[-0.0] * size for _ in range(size)], seed=0)

    assert json.dumps(found.energy) == "0.0"


@pytest.mark.parametrize(
    ("variables", "units"), [(1, 1), (12, 1), (13, 1), (28, 1), (29, 2), (64, 5), (256, 79)]
)
def test_units_follow_from_the_size(variables, units):
    assert units_for(variables) == units


def test_a_larger_matrix_never_costs_less():
    units = [units_for(variables) for variables in range(1, 257)]

    assert units == sorted(units)


@pytest.mark.parametrize(("size", "seconds"), [(64, 1), (256, 10)])
def test_even_a_matrix_that_keeps_moving_is_bounded(size, seconds):
    # One giant keeps the schedule hot for all the others, so that nearly every flip is taken.
    qubo = [[0.0] * size for _ in range(size)]
    qubo[0][0], qubo[1][2] = 1e9, 1.0
    started = time.process_time()

    solve(qubo, seed=1)

    assert time.process_time() - started < seconds
