"""Leases: one worker at a time, and no row is lost with a worker."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.leases import LEASE, LeaseLost
from backoffice.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row():
    return Job.objects.create(kind="paint", title="Gate")


def copy(row):
    return Job.objects.get(pk=row.pk)


def test_who_claims_a_free_row_has_it(row):
    mine = copy(row)

    assert mine.claim() is True

    assert copy(row).lease == mine.lease != ""


def test_nobody_else_has_it_meanwhile(row):
    copy(row).claim()

    assert copy(row).claim() is False


def test_of_many_threads_exactly_one_claims(row, in_threads):
    copies = [copy(row) for _ in range(12)]

    claimed = in_threads(12, lambda number: copies[number].claim())

    assert claimed.count(True) == 1
    assert copies[claimed.index(True)].lease == copy(row).lease


def test_of_many_threads_exactly_one_takes_over_from_the_dead(row, in_threads):
    copy(row).claim()
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    copies = [copy(row) for _ in range(12)]

    claimed = in_threads(12, lambda number: copies[number].claim())

    assert claimed.count(True) == 1


def test_a_row_that_does_not_meet_the_conditions_is_not_claimed(row):
    assert copy(row).claim(state=Job.State.DONE) is False

    assert copy(row).leased_until is None


def test_a_claim_reads_the_row_anew(row):
    old = copy(row)
    Job.objects.update(title="Fence")

    old.claim()

    assert old.title == "Fence"


def test_a_lease_ends_by_itself(row, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    copy(row).claim()

    time_machine.move_to(now + LEASE, tick=False)
    assert copy(row).claim() is False

    time_machine.move_to(now + LEASE + timedelta(milliseconds=1), tick=False)
    assert copy(row).claim() is True


def test_a_renewed_lease_lasts_longer(row, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    mine = copy(row)
    mine.claim()
    time_machine.move_to(now + LEASE / 2, tick=False)

    mine.renew()

    time_machine.move_to(now + LEASE + timedelta(seconds=1), tick=False)
    assert copy(row).claim() is False


def test_a_lease_that_ran_out_but_that_nobody_took_can_be_renewed(row):
    mine = copy(row)
    mine.claim()
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    mine.renew()

    assert copy(row).claim() is False


def test_a_lease_that_somebody_took_cannot_be_renewed(row):
    mine, theirs = copy(row), copy(row)
    mine.claim()
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    theirs.claim()

    with pytest.raises(LeaseLost):
        mine.renew()

    assert copy(row).lease == theirs.lease


def test_giving_back_saves_the_changes_and_frees_the_row(row):
    mine = copy(row)
    mine.claim()

    assert mine.give_back(title="Fence") is True

    assert (copy(row).title, copy(row).leased_until) == ("Fence", None)
    assert copy(row).claim() is True


def test_who_lost_the_lease_changes_nothing(row):
    mine, theirs = copy(row), copy(row)
    mine.claim()
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    theirs.claim()

    assert mine.give_back(title="Fence") is False

    assert (copy(row).title, copy(row).lease) == ("Gate", theirs.lease)


def test_giving_back_twice_changes_nothing_the_second_time(row):
    mine = copy(row)
    mine.claim()
    mine.give_back()

    assert mine.give_back(title="Fence") is False

    assert copy(row).title == "Gate"


def test_a_row_that_changed_meanwhile_is_kept_as_it_is_and_leased(row):
    mine = copy(row)
    mine.claim()
    Job.objects.update(state=Job.State.CANCELLED)

    assert mine.give_back(only_if={"state": Job.State.WAITING}, title="Fence") is False

    assert (copy(row).title, copy(row).lease) == ("Gate", mine.lease)


def test_free_rows_are_those_that_nobody_holds(row):
    rows = [Job.objects.create(kind="paint", title=str(number)) for number in range(3)]
    rows[0].claim()
    rows[1].claim()
    Job.objects.filter(pk=rows[1].pk).update(leased_until=timezone.now() - timedelta(seconds=1))

    free = set(Job.objects.filter(Job.free()))

    assert free == {row, rows[1], rows[2]}
