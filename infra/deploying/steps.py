"""Runs steps in order, says how long each took, and how to go on where one fails."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from infra.deploying.stopping import BeginAnew, Stopped


@dataclass(frozen=True)
class Step:
    """`run` may answer a few words about what it found or did."""

    name: str
    about: str
    run: Callable[[], str | None]


def run_all(steps: Sequence[Step], *, start: str = "", again: str = "") -> None:
    """Run the steps from the one called `start`. `again` is the command that repeats this one."""
    names = [step.name for step in steps]
    if start and start not in names:
        raise Stopped(f"there is no step {start}: {' '.join(names)}")
    first = names.index(start) if start else 0
    began = time.monotonic()
    for number, step in list(enumerate(steps, 1))[first:]:
        _run(step, f"[{number:2}/{len(steps)}]", again)
    print(f"        all of it {time.monotonic() - began:7.1f} s", flush=True)


def _run(step: Step, where: str, again: str) -> None:
    began = time.monotonic()
    print(f"{where} {step.name:<11}{step.about}", flush=True)
    try:
        found = step.run()
    except BeginAnew as error:
        raise Stopped(f"{step.name}: {error}\nBegin anew with: {again}") from error
    except (Stopped, BotoCoreError, ClientError) as error:
        raise Stopped(f"{step.name}: {error}\nGo on with: {again} FROM={step.name}") from error
    except KeyboardInterrupt as asked:
        words = f"{step.name} was interrupted.\nGo on with: {again} FROM={step.name}"
        raise Stopped(words) from asked
    print(f"        {time.monotonic() - began:17.1f} s  {found or ''}".rstrip(), flush=True)
