"""How often each API key was used on each day, as GetUsage reports it and quotas count it.

Counted is a call that a live key was let in with, whatever its function then answers. What the
gateway answers itself (throttled, over quota, not valid, no such address) is not counted:
https://dev.classmethod.jp/articles/tsnote-api-gateway-why-is-there-a-difference-between-api-gateways-count-and-usage-plan-usage-values-en
says so from observation, AWS's own pages do not. An integration that breaks or takes too long was
reached, so its call counts.
"""

import threading
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

# Longest range that GetUsage answers for.
MOST_DAYS = 90


class Usage:
    """The counters of one local cloud: calls by plan, key and UTC day."""

    def __init__(self) -> None:
        self._calls: defaultdict[tuple[str, str], Counter[date]] = defaultdict(Counter)
        self._extra: Counter[tuple[str, str, date]] = Counter()
        self._guard = threading.Lock()

    def count(self, plan: Any, key_id: str) -> bool:
        """Count a call, unless the plan's quota of this period is used up."""
        today = _today()
        with self._guard:
            if plan.quota and self._remaining(plan, key_id, today) <= 0:
                return False
            self._calls[(plan.id, key_id)][today] += 1
            return True

    def take_back(self, plan_id: str, key_id: str) -> None:
        """The call just counted was refused by the gateway after all."""
        with self._guard:
            self._calls[(plan_id, key_id)][_today()] -= 1

    def days(self, plan: Any, key_id: str, first: date, last: date) -> list[list[int]]:
        """Return [used, remaining] of each day from first to last."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        with self._guard:
            return [
                [self._calls[(plan.id, key_id)][day], self._remaining(plan, key_id, day)]
                for day in days
            ]

    def used_keys(self, plan_id: str, first: date, last: date) -> list[str]:
        """Return the keys that were used in these days, whoever was first first."""
        with self._guard:
            return [
                key
                for (plan, key), calls in self._calls.items()
                if plan == plan_id and any(calls[day] for day in calls if first <= day <= last)
            ]

    def set_remaining(self, plan: Any, key_id: str, remaining: int) -> None:
        """Let the key make this many more calls in the period that is running."""
        today = _today()
        with self._guard:
            start = _start_of(plan.quota["period"], today)
            missing = remaining - self._remaining(plan, key_id, today)
            self._extra[(plan.id, key_id, start)] += missing

    def clear(self) -> None:
        with self._guard:
            self._calls.clear()
            self._extra.clear()

    def _remaining(self, plan: Any, key_id: str, day: date) -> int:
        if not plan.quota:
            return 0
        start = _start_of(plan.quota["period"], day)
        calls = self._calls[(plan.id, key_id)]
        used = sum(count for at, count in calls.items() if start <= at <= day)
        extra = self._extra[(plan.id, key_id, start)]
        return max(0, int(plan.quota["limit"]) + extra - used)


USAGE = Usage()


def _today() -> date:
    return datetime.now(UTC).date()


def _start_of(period: str, day: date) -> date:
    """Return the first day of the quota period. API Gateway's weeks start on Sunday."""
    if period == "MONTH":
        return day.replace(day=1)
    if period == "WEEK":
        return day - timedelta(days=day.isoweekday() % 7)
    return day
