"""The copy of outcomes: what was counted, once, however often and however late it is copied."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from adapters.errors import TryLater
from adapters.outcomes import Outcome as Counted
from adapters.outcomes import count_outcome
from campaigns import collecting
from campaigns.collecting import collect_outcomes
from campaigns.models import Outcome, OutcomeCopy
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = Counted("autumn", "batch-1", "check", "good")
EXPIRED = Counted("autumn", "batch-1", "check", "expired")


@pytest.fixture
def now(time_machine):
    start = timezone.now().replace(hour=12)
    time_machine.move_to(start, tick=False)
    return start


@pytest.fixture
def later(now, time_machine):
    def move(**delta):
        time_machine.move_to(timezone.now() + timedelta(**delta), tick=False)
        return timezone.now()

    return move


def copied() -> dict[tuple[date, str], int]:
    return {(row.day, row.reason): row.count for row in Outcome.objects.all()}


def test_what_was_counted_is_copied_whole(now):
    count_outcome(GOOD, now=now)

    assert collect_outcomes() == 1

    row = Outcome.objects.get()
    assert (row.day, row.campaign, row.batch) == (now.date(), "autumn", "batch-1")
    assert (row.step, row.reason, row.count) == ("check", "good", 1)


def test_a_later_copy_sets_the_number_and_makes_no_second_row(now, later):
    count_outcome(GOOD, now=now)
    collect_outcomes()
    count_outcome(GOOD, now=now)
    count_outcome(EXPIRED, now=now)

    later(minutes=1)
    collect_outcomes()

    assert copied() == {(now.date(), "good"): 2, (now.date(), "expired"): 1}


def test_within_a_minute_nothing_is_asked_again(now, later):
    collect_outcomes()
    count_outcome(GOOD, now=now)

    later(seconds=59)

    assert collect_outcomes() == 0
    assert copied() == {}


def test_yesterday_is_copied_too_for_what_came_after_its_last_copy(now, later):
    collect_outcomes()
    count_outcome(GOOD, now=now)

    later(days=1)
    collect_outcomes()

    assert copied() == {(now.date(), "good"): 1}


def test_days_that_nobody_copied_are_caught_up(now, later):
    collect_outcomes()
    count_outcome(GOOD, now=now + timedelta(days=2))

    later(days=9)
    collect_outcomes()

    assert copied() == {((now + timedelta(days=2)).date(), "good"): 1}


def test_after_a_very_long_time_no_forgotten_day_is_asked_for(now, later, monkeypatch):
    collect_outcomes()
    asked = []
    monkeypatch.setattr(collecting.outcomes, "outcomes_on", lambda day: asked.append(day) or [])

    last = later(days=400).date()
    collect_outcomes()

    assert (asked[0], asked[-1]) == (last - timedelta(days=55), last)


def test_the_copy_says_as_of_when_it_is_true(now, later):
    assert collecting.as_of() is None

    collect_outcomes()
    later(hours=1)

    assert collecting.as_of() == now


def test_a_copy_that_fails_is_not_called_one_and_is_tried_again(now):
    count_outcome(GOOD, now=now)
    busy = failing("dynamodb", "Query", "ProvisionedThroughputExceededException")
    with busy, pytest.raises(TryLater):
        collect_outcomes()

    assert collecting.as_of() is None
    OutcomeCopy.objects.update(leased_until=None)
    assert collect_outcomes() == 1


def test_two_workers_do_not_copy_at_the_same_time(now):
    copy, _ = OutcomeCopy.objects.get_or_create(pk=1)
    copy.claim()
    count_outcome(GOOD, now=now)

    assert collect_outcomes() == 0
