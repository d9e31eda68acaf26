"""What became of codes, added up: the funnel, its days, and why checks were refused.

All days are days of UTC, because the counters of checks are. Nothing here reads codes or customers.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from campaigns.models import Batch, Campaign, Outcome, Redemption
from campaigns.outcomes import GOOD, NOT_REFUSED

# A source that is asked for by this name means redemptions that came without one.
NO_SOURCE = "-"
MOST_SOURCES = 12


@dataclass(frozen=True)
class Scope:
    """What is added up: the days from `first` to `last`, of what fits all that is named."""

    first: date
    last: date
    campaign: Campaign | None = None
    batch: Batch | None = None
    tier: str = ""
    source: str = ""

    @property
    def days(self) -> list[date]:
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(count)]

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def ends_at(self) -> datetime:
        """The first moment that is not part of it."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)


@dataclass(frozen=True)
class Counts:
    """How far redemptions led. One that was given back is counted as that and nowhere else."""

    redeemed: int = 0
    provisioned: int = 0
    called: int = 0
    given_back: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.redeemed + other.redeemed,
            self.provisioned + other.provisioned,
            self.called + other.called,
            self.given_back + other.given_back,
        )


@dataclass(frozen=True)
class Cell:
    """The redemptions of one day, campaign, batch and tier; the ids are primary keys."""

    day: date
    campaign: int
    batch: int
    tier: str
    counts: Counts


@dataclass
class Attempts:
    """How attempts ended on a day: good checks, and refusals by step and reason."""

    checked: int = 0
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def refused_checks(self) -> int:
        return sum(count for (step, _), count in self.refused.items() if step == "check")


class UtcDay(TruncDate):
    """The day in UTC. SQLite would call Python for each row, at three times the price."""

    def __init__(self, expression: str) -> None:
        super().__init__(expression, tzinfo=UTC)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        sql, values = compiler.compile(self.get_source_expressions()[0])
        return f"SUBSTR({sql}, 1, 10)", values


def redemptions_in(scope: Scope) -> QuerySet[Redemption]:
    """Return the redemptions that a scope adds up, those that were given back included."""
    rows = Redemption.objects.filter(
        redeemed_at__gte=scope.begins_at, redeemed_at__lt=scope.ends_at
    )
    wanted = {"campaign": scope.campaign, "batch": scope.batch, "tier": scope.tier}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if scope.source:
        rows = rows.filter(utm_source=scope.source.removeprefix(NO_SOURCE))
    return rows.order_by()


def outcomes_in(scope: Scope) -> QuerySet[Outcome]:
    """Return the outcomes of a scope. They know nothing of sources, so those count for nothing."""
    rows = Outcome.objects.filter(day__gte=scope.first, day__lte=scope.last)
    if scope.campaign:
        rows = rows.filter(campaign=scope.campaign.public_id)
    if scope.batch:
        rows = rows.filter(batch=scope.batch.public_id)
    if scope.tier:
        of_tier = Campaign.objects.filter(tier=scope.tier).values("public_id")
        rows = rows.filter(campaign__in=of_tier)
    return rows.order_by()


def issued(scope: Scope) -> int:
    """Return how many redemptions the codes allow that were made until the scope's last day."""
    batches = Batch.objects.filter(created_at__lt=scope.ends_at)
    wanted = {"campaign": scope.campaign, "campaign__tier": scope.tier}
    batches = batches.filter(**{name: value for name, value in wanted.items() if value})
    if scope.batch:
        batches = batches.filter(pk=scope.batch.pk)
    uses: int | None = batches.aggregate(uses=Sum(F("count") * F("max_uses")))["uses"]
    return uses or 0


def cells_of(scope: Scope) -> list[Cell]:
    """Return the redemptions added up as finely as staff may ask: one pass over them."""
    groups: Any = (
        redemptions_in(scope)
        .annotate(day=UtcDay("redeemed_at"))
        .values_list("day", "campaign_id", "batch_id", "tier")
        .annotate(**_COUNTED)
    )
    return [
        Cell(day, campaign, batch, tier, _counts(*numbers))
        for day, campaign, batch, tier, *numbers in groups
    ]


def sources_of(scope: Scope) -> list[tuple[str, Counts]]:
    """Return the sources that led to most redemptions, with their numbers."""
    groups: Any = redemptions_in(scope).values_list("utm_source").annotate(**_COUNTED)
    most = groups.order_by("-uses")[:MOST_SOURCES]
    return [(source or NO_SOURCE, _counts(*numbers)) for source, *numbers in most]


def attempts_of(scope: Scope) -> dict[date, Attempts]:
    """Return how attempts ended, by day; a day on which nobody tried is not there."""
    groups = (
        outcomes_in(scope)
        .filter(step__in=("check", "redeem"))
        .values_list("day", "step", "reason")
        .annotate(happened=Sum("count"))
    )
    days: dict[date, Attempts] = defaultdict(Attempts)
    for day, step, reason, happened in groups:
        if reason not in NOT_REFUSED:
            days[day].refused[step, reason] += happened
        elif (step, reason) == ("check", GOOD):
            days[day].checked += happened
    return days


def added_up(cells: Iterable[Cell], by: Callable[[Cell], Any]) -> dict[Any, Counts]:
    """Return the cells' numbers by what `by` says of each, the largest first."""
    sums: dict[Any, Counts] = defaultdict(Counts)
    for cell in cells:
        sums[by(cell)] += cell.counts
    return dict(sorted(sums.items(), key=lambda item: -item[1].redeemed))


_COUNTS = Q(released_at=None)
_COUNTED = {
    "uses": Count("pk"),
    "given_back": Count("released_at"),
    "set_up": Count("provisioned_at", filter=_COUNTS),
    "called": Count("first_call_at", filter=_COUNTS),
}


def _counts(uses: int, given_back: int, provisioned: int, called: int) -> Counts:
    return Counts(uses - given_back, provisioned, called, given_back)
