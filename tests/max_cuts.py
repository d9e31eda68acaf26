"""Graphs whose largest cut is proven, and the QUBO of each: its least energy is minus the cut.

Each proof is an upper bound that a cut reaches, or all cuts are tried (`by_trying`).
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Edge = tuple[int, int, float]


@dataclass(frozen=True)
class MaxCut:
    """`optimum` is the weight of the largest cut, or None where all cuts have to be tried."""

    name: str
    vertices: int
    edges: list[Edge]
    optimum: float | None
    proof: str

    def qubo(self) -> list[list[float]]:
        matrix = [[0.0] * self.vertices for _ in range(self.vertices)]
        for one, other, weight in self.edges:
            matrix[one][one] -= weight
            matrix[other][other] -= weight
            matrix[one][other] += 2 * weight
        return matrix

    def cut(self, sides: list[int]) -> float:
        return sum(weight for one, other, weight in self.edges if sides[one] != sides[other])

    def largest(self) -> float:
        return by_trying(self) if self.optimum is None else self.optimum


def by_trying(graph: MaxCut) -> float:
    """Return the weight of the largest cut. The last vertex stays on its side, all others go
    through every choice, one vertex a step (a Gray code)."""
    neighbours: list[list[tuple[int, float]]] = [[] for _ in range(graph.vertices)]
    for one, other, weight in graph.edges:
        neighbours[one].append((other, weight))
        neighbours[other].append((one, weight))
    sides = [1] * graph.vertices
    cut = best = 0.0
    for step in range(1, 2 ** (graph.vertices - 1)):
        moved = (step & -step).bit_length() - 1
        side = sides[moved]
        for other, weight in neighbours[moved]:
            cut += weight if sides[other] == side else -weight
        sides[moved] = -side
        if cut > best:
            best = cut
    return best


def complete(vertices: int) -> MaxCut:
    edges = [(one, other, 1.0) for one, other in itertools.combinations(range(vertices), 2)]
    proof = "k vertices on one side cut k(n - k) edges: most where k is half of n"
    return MaxCut(f"complete graph of {vertices}", vertices, edges, vertices**2 // 4, proof)


def bipartite(left: int, right: int) -> MaxCut:
    edges = [(one, left + other, 1.0) for one in range(left) for other in range(right)]
    name = f"complete bipartite graph of {left} and {right}"
    return MaxCut(name, left + right, edges, left * right, "its two parts cut every edge")


def odd_cycle(vertices: int) -> MaxCut:
    edges = [(one, (one + 1) % vertices, 1.0) for one in range(vertices)]
    proof = "a cycle crosses a cut an even number of times"
    return MaxCut(f"cycle of {vertices}", vertices, edges, vertices - 1, proof)


def hypercube(dimensions: int) -> MaxCut:
    edges = [
        (one, one ^ (1 << bit), 1.0)
        for one in range(2**dimensions)
        for bit in range(dimensions)
        if not one >> bit & 1
    ]
    proof = "the number of ones, odd or even, cuts every edge"
    return MaxCut(f"hypercube of {dimensions}", 2**dimensions, edges, len(edges), proof)


def petersen() -> MaxCut:
    """Every pair out of five; two pairs that share nobody are neighbours."""
    pairs = list(itertools.combinations(range(5), 2))
    edges = [
        (pairs.index(one), pairs.index(other), 1.0)
        for one, other in itertools.combinations(pairs, 2)
        if not set(one) & set(other)
    ]
    return MaxCut("Petersen graph", 10, edges, None, "all cuts are tried")


def torus(side: int) -> MaxCut:
    """A grid whose borders are joined. With an odd side every row and every column is an odd
    cycle, which loses an edge at least, and they share none."""
    edges = list(_grid(side, lambda row, column: ((row, column + 1), (row + 1, column))))
    lost = 2 * side if side % 2 else 0
    proof = "rows and columns are odd cycles without a common edge" if lost else "a chess board"
    return MaxCut(f"torus of {side} by {side}", side**2, edges, 2 * side**2 - lost, proof)


def triangular_torus(side: int) -> MaxCut:
    """A torus with diagonals. Each of its 2n triangles loses an edge, and an edge is in two."""
    steps = _grid(
        side, lambda row, column: ((row, column + 1), (row + 1, column), (row + 1, column + 1))
    )
    proof = "each of the 2n triangles loses an edge, each edge is in two; stripes lose n"
    return MaxCut(f"triangular torus of {side} by {side}", side**2, list(steps), 2 * side**2, proof)


def spin_glass(vertices: int, seed: int) -> MaxCut:
    """Every two vertices, with weights of both signs."""
    chance = random.Random(seed)
    edges = [
        (one, other, chance.choice((-1.0, 1.0)) * chance.randint(1, 100))
        for one, other in itertools.combinations(range(vertices), 2)
    ]
    return MaxCut(f"spin glass of {vertices}", vertices, edges, None, "all cuts are tried")


def _grid(side: int, steps: Callable[[int, int], tuple[tuple[int, int], ...]]) -> Iterator[Edge]:
    for row, column in itertools.product(range(side), repeat=2):
        for to_row, to_column in steps(row, column):
            yield row * side + column, (to_row % side) * side + to_column % side, 1.0


ALL = [
    complete(20),
    complete(63),
    bipartite(7, 9),
    odd_cycle(13),
    odd_cycle(63),
    hypercube(5),
    hypercube(7),
    petersen(),
    torus(5),
    torus(7),
    torus(15),
    torus(16),
    triangular_torus(8),
    triangular_torus(16),
    spin_glass(16, seed=1),
    spin_glass(18, seed=2),
    spin_glass(20, seed=3),
]
