"""Token buckets: how fast an API key may call."""

import threading
import time


class Throttles:
    """One bucket for each key on each plan. It starts full and holds `burst` calls."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._guard = threading.Lock()

    def admits(self, plan_id: str, key_id: str, *, rate: float, burst: float) -> bool:
        """Take one call out of the key's bucket, if there is one in it."""
        now = time.monotonic()
        with self._guard:
            level, filled_at = self._buckets.get((plan_id, key_id), (burst, now))
            level = min(burst, level + (now - filled_at) * rate)
            admitted = level >= 1
            self._buckets[(plan_id, key_id)] = (level - admitted, now)
            return admitted

    def clear(self) -> None:
        with self._guard:
            self._buckets.clear()


THROTTLES = Throttles()
