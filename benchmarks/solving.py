"""Small max-cut problems with a proven optimum: beside brute force, and beside another annealer."""

import json
import statistics
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.peers import environments
from benchmarks.peers.environments import NotInstalled
from benchmarks.rows import Row, cpu_seconds
from functions.annealing import solve
from tests import max_cuts
from tests.max_cuts import MaxCut

SEED = 1
ROUNDS = 3
TRIED = max_cuts.spin_glass(20, seed=3)
GRAPHS = [graph for graph in max_cuts.ALL if graph.vertices > 12]


def rows(scratch: Path) -> list[Row]:
    """Run both; an annealer that cannot be installed is said to be missing, and has no rows."""
    found = [_beside_brute_force()]
    try:
        found += _beside_an_annealer(scratch)
    except NotInstalled as error:
        print(f"A PEER IS MISSING, and its rows with it: {error}")
    return found


def _beside_brute_force() -> Row:
    ours = _seconds(TRIED)
    peer = cpu_seconds(lambda: max_cuts.by_trying(TRIED))
    return Row(
        name=f"{TRIED.name}: solved to the optimum",
        ours=ours * 1e3,
        peer=peer * 1e3,
        ratio=ours / peer,
        unit="ms of CPU time",
        against="trying all 2^19 cuts, one vertex a step, in Python",
        at_most=0.1,
        note=f"both find {_cut(TRIED):,.0f}",
    )


def _beside_an_annealer(scratch: Path) -> list[Row]:
    peer = _told(scratch)
    times = [_seconds(graph) for graph in GRAPHS]
    optima = [graph.largest() for graph in GRAPHS]
    ours = sum(_cut(graph) for graph in GRAPHS)
    theirs = -sum(each["energy"] for each in peer)
    against = "dwave-samplers 1.8.0, simulated annealing in C++, 4 reads of 300 sweeps like ours"
    return [
        Row(
            name=f"{len(GRAPHS)} max-cut problems of 13 to 256 vertices: weight of the cuts found",
            ours=ours,
            peer=theirs,
            ratio=ours / theirs,
            unit="",
            against=against,
            at_least=1,
            note=f"the optima add up to {sum(optima):,.0f}",
        ),
        Row(
            name="the same: time",
            ours=sum(times) * 1e3,
            peer=sum(each["seconds"] for each in peer) * 1e3,
            ratio=sum(times) / sum(each["seconds"] for each in peer),
            unit="ms of CPU time",
            against=against,
            note="ours is plain Python: docs/decisions says why",
        ),
    ]


def _seconds(graph: MaxCut) -> float:
    matrix = graph.qubo()
    return statistics.median(cpu_seconds(lambda: solve(matrix, seed=SEED)) for _ in range(ROUNDS))


def _cut(graph: MaxCut) -> float:
    return graph.cut(solve(graph.qubo(), seed=SEED).solution)


def _told(scratch: Path) -> list[dict[str, Any]]:
    problems = scratch / "problems.json"
    problems.write_text(json.dumps([graph.qubo() for graph in GRAPHS]))
    script = environments.HERE / "annealer.py"
    words = [str(environments.annealer_python()), str(script), str(problems)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalled(f"dwave-samplers failed: {done.stderr[-300:]}")
    told: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return told
