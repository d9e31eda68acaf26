"""Until when AWS takes the usage of an hour: pure.

https://docs.aws.amazon.com/marketplacemetering/latest/APIReference/API_BatchMeterUsage.html
"""

from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)
# A record is accepted for less than this long after its timestamp.
OLDEST = timedelta(hours=24)
# On the first of a month, until this time of day, the usage of the month before.
MONTH_CLOSES = timedelta(hours=6)
# After the end of an agreement about as long.
AFTER_THE_END = timedelta(hours=1)
# Our clock and AWS's may differ by so much.
SKEW = timedelta(minutes=5)


def hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def month_of(moment: datetime) -> datetime:
    return hour_of(moment).replace(day=1, hour=0)


def final_call(hour: datetime) -> datetime:
    """Return when AWS refuses the usage of this hour for certain."""
    next_month = month_of(month_of(hour) + timedelta(days=32))
    return min(hour + OLDEST, next_month + MONTH_CLOSES)


def deadline_of(hour: datetime, ended_at: datetime | None) -> datetime:
    """Return until when the usage of this hour must be with AWS."""
    if ended_at is None:
        return final_call(hour)
    return min(final_call(hour), ended_at + AFTER_THE_END)
