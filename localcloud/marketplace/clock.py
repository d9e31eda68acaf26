"""The time in the Marketplace, which may be moved ahead of the real one."""

from datetime import UTC, datetime, timedelta
from typing import Any


class Clock:
    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    @property
    def ahead(self) -> timedelta:
        return self._ahead

    def advance(self, **by: Any) -> datetime:
        """Move on, as in `advance(hours=5)`, and return the new time. Time never runs back."""
        step = timedelta(**by)
        if step < timedelta():
            raise ValueError("Time does not run back.")
        self._ahead += step
        return self.now()

    def clear(self) -> None:
        self._ahead = timedelta()
