"""dwave-samplers' simulated annealing, in its own environment: python annealer.py PROBLEMS.json

Prints for each problem the seconds of CPU time and the least energy, as JSON.
"""

import json
import sys
import time
from pathlib import Path

import dimod
import numpy
from dwave.samplers import SimulatedAnnealingSampler

READS, SWEEPS, SEED = 4, 300, 1


def main() -> None:
    sampler = SimulatedAnnealingSampler()
    told = []
    for matrix in json.loads(Path(sys.argv[1]).read_text()):
        model = dimod.BinaryQuadraticModel(numpy.array(matrix), "BINARY")
        _sample(sampler, model)  # warmed up: numpy and Cython load at the first use
        started = time.process_time()
        energy = _sample(sampler, model)
        told.append({"seconds": time.process_time() - started, "energy": energy})
    print(json.dumps(told))


def _sample(sampler: SimulatedAnnealingSampler, model: dimod.BinaryQuadraticModel) -> float:
    found = sampler.sample(model, num_reads=READS, num_sweeps=SWEEPS, seed=SEED)
    return float(found.first.energy)


main()
