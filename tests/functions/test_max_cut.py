"""Small max-cut problems are solved to the proven optimum: fixed seed, usual effort."""

import itertools

import pytest

from functions.annealing import Effort, solve
from tests.max_cuts import ALL, MaxCut, by_trying, odd_cycle, torus, triangular_torus

SEED = 1


@pytest.mark.parametrize("graph", ALL, ids=lambda graph: graph.name)
def test_the_largest_cut_is_found(graph: MaxCut):
    found = solve(graph.qubo(), seed=SEED)

    assert graph.cut(found.solution) == graph.largest()
    assert found.energy == -graph.largest()


def test_a_long_ring_takes_more_sweeps():
    graph = odd_cycle(127)

    assert graph.cut(solve(graph.qubo(), seed=SEED, effort=Effort(4, 2000)).solution) == 126


@pytest.mark.parametrize("graph", [torus(3), odd_cycle(9), *ALL[:1]], ids=lambda g: g.name)
def test_what_is_proven_is_what_trying_every_cut_finds(graph: MaxCut):
    assert by_trying(graph) == graph.optimum


def test_the_bound_of_a_triangular_torus_is_reached_by_stripes():
    graph = triangular_torus(8)
    stripes = [row % 2 for row, _ in itertools.product(range(8), repeat=2)]

    assert graph.cut(stripes) == graph.optimum
