"""Windows: how often somebody did something lately."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import TryLater
from adapters.windows import count_in_window, forget, window_at
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


def test_a_forgotten_window_begins_again():
    count()

    forget("check", "a-pseudonym", length=MINUTE, now=NOON)

    assert count() == 1


def test_forgetting_twice_or_what_was_never_there_is_fine():
    for _ in range(2):
        forget("check", "a-pseudonym", length=MINUTE, now=NOON)

    assert count() == 1


def test_forgetting_touches_no_other_window():
    count("check")
    count("sign-up")
    count("check", "bob")

    forget("check", "a-pseudonym", length=MINUTE, now=NOON)

    assert [count("sign-up"), count("check", "bob")] == [2, 2]


def test_a_window_says_when_it_begins_and_ends():
    begin = int(NOON.timestamp())

    assert window_at(NOON + timedelta(seconds=59), MINUTE) == (begin, begin + 60)


def test_forgetting_at_a_busy_table_says_try_later():
    with (
        failing("dynamodb", "DeleteItem", "ProvisionedThroughputExceededException"),
        pytest.raises(TryLater),
    ):
        forget("check", "a-pseudonym", length=MINUTE, now=NOON)
