"""Charts of usage as points and bars of an SVG, which needs no style and no script."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

WIDTH, HEIGHT = 600, 140
# What there is must be seen, however little it is.
LEAST_HEIGHT = 1.5
_GAP = 0.25


@dataclass(frozen=True, slots=True)
class Lines:
    """One line for each key, running up to the quota, and how high the quota is."""

    points: list[str]
    quota_y: str
    top: int
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Bar:
    """One slot: what was served stands below, what got nothing on top of it."""

    x: str
    width: str
    served_y: str
    served_height: str
    missed_y: str
    missed_height: str


@dataclass(frozen=True, slots=True)
class Bars:
    bars: list[Bar]
    top: int
    width: int = WIDTH
    height: int = HEIGHT


def lines(used_by_day: list[list[int]], *, slots: int, limit: int) -> Lines:
    """Draw what each key used until the end of each day, over all days of the period."""
    sums = [[0, *accumulate(days)] for days in used_by_day]
    top = max([limit, *(points[-1] for points in sums)]) or 1
    step = WIDTH / max(slots, 1)
    drawn = [
        " ".join(f"{n * step:.1f},{HEIGHT * (1 - used / top):.1f}" for n, used in enumerate(points))
        for points in sums
    ]
    return Lines(drawn, f"{HEIGHT * (1 - limit / top):.1f}", top)


def bars(counts: Iterable[tuple[int, int]]) -> Bars:
    """Draw served and other calls of slots of time side by side."""
    counts = list(counts)
    top = max((served + missed for served, missed in counts), default=0)
    slot = WIDTH / max(len(counts), 1)
    drawn = [_bar(n, slot, served, missed, top) for n, (served, missed) in enumerate(counts)]
    return Bars(drawn, top)


def _bar(number: int, slot: float, served: int, missed: int, top: int) -> Bar:
    served_height, missed_height = _height(served, top), _height(missed, top)
    served_y = HEIGHT - served_height
    return Bar(
        x=f"{slot * (number + _GAP / 2):.2f}",
        width=f"{slot * (1 - _GAP):.2f}",
        served_y=f"{served_y:.2f}",
        served_height=f"{served_height:.2f}",
        missed_y=f"{served_y - missed_height:.2f}",
        missed_height=f"{missed_height:.2f}",
    )


def _height(count: int, top: int) -> float:
    return max(HEIGHT * count / top, LEAST_HEIGHT) if count else 0.0
