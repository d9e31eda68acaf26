"""Turns at API Gateway: evenly spaced, never given twice, and none taken that is too late."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters import pacing
from adapters.errors import TryLater
from adapters.pacing import TooFarAhead, charge, take_turn, take_unused
from tests.outages import failing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def take(calls=1, *, now=NOW, until=NOW + 100 * SECOND):
    return take_turn(calls, per_second=10, now=now, until=until)


def test_the_first_turn_is_now():
    assert take() == NOW


def test_each_turn_is_after_the_calls_of_the_one_before():
    assert [take(2), take(1), take(3), take()] == [
        NOW + tenths * SECOND / 10 for tenths in (0, 2, 3, 6)
    ]


def test_after_a_quiet_time_the_turn_is_now_and_nothing_was_saved_up():
    take(2)

    later = NOW + 60 * SECOND

    assert [take(now=later), take(now=later)] == [later, later + SECOND / 10]


def test_a_turn_that_would_be_too_late_is_not_taken():
    take(50)

    with pytest.raises(TooFarAhead) as refused:
        take(until=NOW + 4 * SECOND)

    assert refused.value.next_at == NOW + 5 * SECOND
    assert take() == NOW + 5 * SECOND


def test_calls_that_do_not_wait_make_the_others_wait():
    charge(5, per_second=10, now=NOW)

    assert take() == NOW + SECOND / 2


def test_what_nobody_sent_may_be_taken_whoever_has_a_turn():
    take(50)

    taken, _ = take_unused(2, per_second=10, since=NOW)

    assert taken


def test_what_was_sent_is_no_longer_unused_and_the_turns_of_others_are_told():
    take(50)
    take_unused(2, per_second=10, since=NOW)

    taken, kept_until = take_unused(2, per_second=10, since=NOW)

    assert (taken, kept_until) == (False, NOW + 5 * SECOND)


def test_what_was_sent_says_nothing_about_turns():
    take_unused(50, per_second=10, since=NOW)

    assert take() == NOW


def test_many_workers_at_once_get_different_turns(in_threads):
    turns = in_threads(24, lambda _: take())

    assert sorted(turns) == [NOW + number * SECOND / 10 for number in range(24)]


def test_a_busy_dynamodb_gives_no_turn():
    with failing("dynamodb", "UpdateItem", "InternalServerError"), pytest.raises(TryLater):
        take()


def test_others_who_are_always_faster_are_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(pacing, "_move_on", lambda *_: (False, 0))
    monkeypatch.setattr(pacing, "_begin", lambda *_: {})

    with pytest.raises(TryLater):
        take()
