"""Periods of quotas: whole days of UTC, weeks from Sunday, months of the calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud import usage as gateway
from tenants.usage.quota_periods import Period, after, before, period_of

DAYS = st.dates(date(2000, 1, 1), date(2200, 1, 1))
KINDS = st.sampled_from(["DAY", "WEEK", "MONTH"])


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("DAY", date(2026, 11, 25), date(2026, 11, 25)),
        ("WEEK", date(2026, 11, 22), date(2026, 11, 28)),
        ("MONTH", date(2026, 11, 1), date(2026, 11, 30)),
    ],
)
def test_the_period_of_a_wednesday(kind, first, last):
    assert period_of(date(2026, 11, 25), kind) == Period(first, last)


def test_a_month_of_a_leap_year_has_its_29th():
    assert period_of(date(2028, 2, 3), "MONTH").last == date(2028, 2, 29)


def test_the_next_period_begins_at_midnight_of_utc():
    assert period_of(date(2026, 12, 31), "MONTH").resets_at == datetime(2027, 1, 1, tzinfo=UTC)


@given(DAYS, KINDS)
def test_every_day_is_in_its_period_and_all_its_days_are_of_the_same(day, kind):
    period = period_of(day, kind)

    assert day in period.days
    assert {period_of(each, kind) for each in period.days} == {period}


@given(DAYS, KINDS)
def test_periods_follow_each_other_without_gap_or_overlap(day, kind):
    period = period_of(day, kind)

    assert after(period, kind).first == period.last + timedelta(days=1)
    assert before(after(period, kind), kind) == period == after(before(period, kind), kind)


@given(DAYS, KINDS)
def test_the_gateway_begins_its_periods_on_the_same_days(day, kind):
    assert gateway._start_of(kind, day) == period_of(day, kind).first
