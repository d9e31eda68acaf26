"""Outcomes: each counted on its day, never twice, and given up rather than waited for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from botocore.exceptions import ReadTimeoutError

from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import TryLater
from adapters.outcomes import Outcome, count_outcome, outcomes_on
from tests.outages import failing, unreachable

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = date(2026, 11, 21)
GOOD = Outcome("autumn", "batch-1", "check", "good")
EXPIRED = Outcome("autumn", "batch-2", "check", "expired")


def counted(day=TODAY):
    return dict(outcomes_on(day))


def test_a_day_without_attempts_has_no_outcomes():
    assert counted() == {}


def test_outcomes_are_counted_each_for_itself():
    for outcome in (GOOD, GOOD, EXPIRED):
        count_outcome(outcome, now=NOON)

    assert counted() == {GOOD: 2, EXPIRED: 1}


def test_another_day_has_counters_of_its_own():
    count_outcome(GOOD, now=NOON)
    count_outcome(GOOD, now=NOON + timedelta(days=1))

    assert counted(TODAY + timedelta(days=1)) == {GOOD: 1}


def test_the_day_is_that_of_utc():
    early_in_berlin = datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=1)))

    count_outcome(GOOD, now=early_in_berlin)

    assert counted() == {GOOD: 1}


def test_the_outcomes_of_many_campaigns_are_all_found():
    outcomes = [Outcome(f"campaign-{n}", "batch", "redeem", "good") for n in range(40)]
    for outcome in outcomes:
        count_outcome(outcome, now=NOON)

    assert counted() == dict.fromkeys(outcomes, 1)
    items = client("dynamodb").scan(TableName=name_of("outcomes"))["Items"]
    assert len({item["day"]["S"] for item in items}) > 1


def test_many_at_once_are_all_counted():
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: count_outcome(GOOD, now=NOON), range(24)))

    assert counted() == {GOOD: 24}


def test_a_counter_may_be_removed_after_sixty_days():
    count_outcome(GOOD, now=NOON)

    [item] = client("dynamodb").scan(TableName=name_of("outcomes"))["Items"]
    assert int(item["expires_at"]["N"]) == int((NOON + timedelta(days=60)).timestamp())


def test_a_busy_table_says_try_later_and_is_not_asked_again():
    with (
        failing("dynamodb", "UpdateItem", "ProvisionedThroughputExceededException") as asked,
        pytest.raises(TryLater),
    ):
        count_outcome(GOOD, now=NOON)

    assert len(asked) == 1


def test_a_lost_answer_is_not_counted_twice():
    lost = ReadTimeoutError(endpoint_url="http://dynamodb")
    with unreachable("dynamodb", lost, "UpdateItem"), pytest.raises(TryLater):
        count_outcome(GOOD, now=NOON)

    assert counted() == {}


def test_nobody_waits_longer_than_half_a_second():
    patience = client("dynamodb", hurried=True).meta.config

    assert (patience.connect_timeout, patience.read_timeout) == (0.5, 0.5)
