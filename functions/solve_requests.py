"""The body of POST /v1/solve, checked field by field so that the answer names what to change."""

from dataclasses import dataclass
from typing import Any

from adapters.definitions import definition
from functions.annealing import STEPS_PER_SECOND, USUAL, Effort, steps_for
from functions.json_bodies import decline, read_object
from functions.qubo_forms import Problem, read_dictionary, read_matrix, read_terms

MOST_SEED = 2**32 - 1
LEAST_SECONDS = 0.1
FIELDS = ("qubo", "terms", "seed", "reads", "sweeps", "time_limit")

# The whole row of a tier in tiers.json.
Tier = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SolveRequest:
    """`is_complete` is None where no time limit was sent: then nothing can have been left out."""

    problem: Problem
    seed: int | None
    effort: Effort
    is_complete: bool | None


def read_solve_request(body: str | None, *, tier: str) -> SolveRequest:
    """Return the request, or raise Declined with 400 or 413."""
    limits = definition("tiers")[tier]
    fields = read_object(body, known=FIELDS)
    problem = _problem(fields, limits)
    seed = _whole(fields, "seed", 0, MOST_SEED) if "seed" in fields else None
    asked = Effort(
        reads=_whole(fields, "reads", 1, limits["max_reads"], limits),
        sweeps=_whole(fields, "sweeps", 1, limits["max_sweeps"], limits),
    )
    variables = len(problem.matrix)
    if "time_limit" not in fields:
        _refuse_beyond(steps_for(variables, asked), limits)
        return SolveRequest(problem, seed, asked, None)
    steps = int(_seconds(fields["time_limit"], limits) * STEPS_PER_SECOND)
    if steps_for(variables, asked) <= steps:
        return SolveRequest(problem, seed, asked, True)
    return SolveRequest(problem, seed, asked.within(steps, variables=variables), False)


def _problem(fields: dict[str, Any], limits: Tier) -> Problem:
    if ("qubo" in fields) == ("terms" in fields):
        decline("field_missing", 'Send the problem as "qubo" or as "terms", and as one of them.')
    if "terms" in fields:
        return read_terms(fields["terms"], limits)
    read = read_dictionary if isinstance(fields["qubo"], dict) else read_matrix
    return read(fields["qubo"], limits)


def _whole(
    fields: dict[str, Any], name: str, least: int, most: int, limits: Tier | None = None
) -> int:
    value = fields.get(name, getattr(USUAL, name, None))
    if type(value) is int and value > most and limits:
        decline("above_tier", f'The {limits["label"]} tier allows {most} "{name}".', name)
    # JSON's true is an integer to Python.
    if type(value) is not int or not least <= value <= most:
        sentence = f'"{name}" must be a whole number from {least} to {most}, or left out.'
        decline(f"{name}_invalid", sentence, name)
    return int(value)


def _seconds(value: Any, limits: Tier) -> float:
    most = limits["max_seconds"]
    if type(value) not in (int, float) or not value >= LEAST_SECONDS:
        sentence = f'"time_limit" must be a number of seconds from {LEAST_SECONDS} to {most}.'
        decline("time_limit_invalid", sentence, "time_limit")
    if value > most:
        sentence = f'The {limits["label"]} tier allows a "time_limit" of {most} seconds.'
        decline("above_tier", sentence, "time_limit")
    return float(value)


def _refuse_beyond(steps: int, limits: Tier) -> None:
    if steps > limits["max_seconds"] * STEPS_PER_SECOND:
        decline(
            "too_much_work",
            f"This takes {steps} steps. The {limits['label']} tier allows "
            f"{limits['max_seconds'] * STEPS_PER_SECOND}: send fewer reads or sweeps, "
            'or a "time_limit", which takes as many as fit.',
        )
