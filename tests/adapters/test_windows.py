"""Windows: how often somebody did something lately."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import TryLater
from adapters.windows import count_in_window
from tests.outages import failing

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def count(what="check", who="a-pseudonym", *, now=NOON, by=1, length=MINUTE):
    return count_in_window(what, who, length=length, now=now, by=by)


def test_a_window_counts_from_one():
    assert [count(), count(), count()] == [1, 2, 3]


def test_asking_counts_nothing():
    count()

    assert [count(by=0), count(by=0)] == [1, 1]


def test_asking_of_an_unused_window_says_none():
    assert count(by=0) == 0


def test_the_last_second_belongs_to_the_window_and_the_next_one_does_not():
    count(now=NOON)

    assert count(now=NOON + timedelta(seconds=59.9)) == 2
    assert count(now=NOON + MINUTE) == 1


def test_somebody_else_has_a_window_of_their_own():
    count(who="alice")

    assert count(who="bob") == 1


def test_another_kind_of_try_has_a_window_of_its_own():
    count("check")

    assert count("sign-up") == 1


def test_many_at_once_are_all_counted():
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: count(), range(24)))

    assert sorted(counts) == list(range(1, 25))


def test_a_window_may_be_removed_an_hour_after_it_ends():
    count()

    (item,) = client("dynamodb").scan(TableName=name_of("windows"))["Items"]
    assert int(item["expires_at"]["N"]) == int((NOON + MINUTE + timedelta(hours=1)).timestamp())


def test_a_busy_table_says_try_later():
    with (
        failing("dynamodb", "UpdateItem", "ProvisionedThroughputExceededException"),
        pytest.raises(TryLater),
    ):
        count()
