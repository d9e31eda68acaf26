"""The periods that quotas count in, as API Gateway cuts time: whole days of UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

Kind = Literal["DAY", "WEEK", "MONTH"]


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(count)]

    @property
    def resets_at(self) -> datetime:
        """The moment at which the next period begins."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)


def period_of(day: date, kind: Kind) -> Period:
    """Return the period that a day of UTC belongs to.

    A week starts on Sunday: a plan's offset of 0, which all of ours have, means that
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-usageplan-quotasettings.html).
    """
    if kind == "DAY":
        return Period(day, day)
    if kind == "WEEK":
        first = day - timedelta(days=day.isoweekday() % 7)
        return Period(first, first + timedelta(days=6))
    first = day.replace(day=1)
    # Whatever the month, 31 days later is in the next one or is its first day.
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def before(period: Period, kind: Kind) -> Period:
    return period_of(period.first - timedelta(days=1), kind)


def after(period: Period, kind: Kind) -> Period:
    return period_of(period.last + timedelta(days=1), kind)
