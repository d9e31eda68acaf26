"""The API's counters of a simulated life, kept without DynamoDB."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from adapters.usage import HourOfUsage
from marketplace.metering.deadlines import hour_of


@dataclass
class Book:
    """The API's counters, as DynamoDB would have them; a count is seen a little after the call."""

    seen: dict[str, dict[tuple[datetime, str], int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    _coming: list[tuple[datetime, str, datetime, str, int]] = field(default_factory=list)

    def count(self, tenant: str, at: datetime, source: str, units: int, seen_at: datetime) -> None:
        self._coming.append((seen_at, tenant, hour_of(at), source, units))

    def let_come(self, now: datetime) -> None:
        due = [one for one in self._coming if one[0] <= now]
        self._coming = [one for one in self._coming if one[0] > now]
        for _, tenant, hour, source, units in due:
            self.seen[tenant][hour, source] += units

    def read(self, tenant: str, since: datetime) -> list[HourOfUsage]:
        counters = self.seen[tenant].items()
        return [
            HourOfUsage(hour, "key", source, calls=1, units=units)
            for (hour, source), units in counters
            if hour >= hour_of(since)
        ]

    def used(self) -> dict[str, int]:
        """All that was used, by who pays."""
        total: dict[str, int] = defaultdict(int)
        for counters in self.seen.values():
            for (_, source), units in counters.items():
                total[source] += units
        return total
