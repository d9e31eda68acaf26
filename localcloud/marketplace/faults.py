"""What shall go wrong, asked for beforehand: for how many calls, or for which share of them."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# `error` answers with `code`. `never` and `late` answer after `seconds`, `late` having done it.
# `lost` does it and cuts the connection. `unprocessed` leaves `records` of a batch undone.
KINDS = ("throttle", "unavailable", "error", "never", "late", "lost", "unprocessed", "empty_page")


class FaultUnknown(Exception):
    """The sentence says which there are."""


@dataclass
class Fault:
    """`operation` empty: of any. `times` None: until it is taken back. `share`: of the calls."""

    kind: str
    operation: str = ""
    times: int | None = 1
    share: float = 1.0
    code: str = ""
    seconds: float = 0.0
    records: int = 1
    number: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise FaultUnknown(f"There is no fault {self.kind}: there are {', '.join(KINDS)}.")
        if self.kind == "error" and not self.code:
            raise FaultUnknown("Say the code of the error.")

    @property
    def name(self) -> str:
        return self.code or self.kind


@dataclass
class Faults:
    waiting: list[Fault] = field(default_factory=list)
    # Calls that are never answered wait for this, so that a reset lets go of them.
    cleared: threading.Event = field(default_factory=threading.Event)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _made: int = 0

    def add(self, fault: Fault) -> Fault:
        with self._guard:
            self._made += 1
            fault.number = self._made
            self.waiting.append(fault)
        return fault

    def take(self, operation: str) -> Fault | None:
        """Return what goes wrong with this call."""
        with self._guard:
            for fault in self.waiting:
                if fault.operation not in ("", operation) or random.random() >= fault.share:  # noqa: S311
                    continue
                self._spend(fault)
                return fault
        return None

    def remove(self, number: int) -> None:
        with self._guard:
            self.waiting = [fault for fault in self.waiting if fault.number != number]

    def _spend(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times < 1:
            self.waiting.remove(fault)

    @contextmanager
    def with_fault(self, fault: Fault) -> Iterator[Fault]:
        """Let it go wrong within the block, and no longer."""
        self.add(fault)
        try:
            yield fault
        finally:
            self.remove(fault.number)

    def clear(self) -> None:
        with self._guard:
            self.waiting.clear()
            self.cleared.set()
            self.cleared = threading.Event()
