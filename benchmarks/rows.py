"""One row of the results, and how a time is taken."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`ratio` is ours to the peer's. `at_most` and `at_least` bound it; a row may have neither."""

    name: str
    ours: float
    peer: float
    ratio: float
    unit: str
    against: str
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def goal(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else "none"

    @property
    def holds(self) -> bool:
        if self.at_most is not None:
            return self.ratio <= self.at_most
        return self.at_least is None or self.ratio >= self.at_least


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of this thread alone: the local cloud answers in other threads."""
    started = time.thread_time()
    work()
    return time.thread_time() - started


def side_by_side(
    ours: Callable[[], float], peer: Callable[[], float], *, rounds: int
) -> tuple[float, float, float]:
    """Take both figures in turn; return the median of each and of their ratio."""
    pairs = [(ours(), peer()) for _ in range(rounds)]
    return (
        statistics.median(mine for mine, _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(mine / other for mine, other in pairs),
    )
