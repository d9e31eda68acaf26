"""A chunk that is done twice makes nothing twice and frees no spent code."""

import pytest
from django.utils import timezone

from adapters import promo_codes, uses
from adapters.use_items import Use
from backoffice import jobs
from backoffice.models import Job
from campaigns import generation, redemptions, rules
from campaigns.eligibility import Customer
from tests.campaigns.generation.making import (
    LEASE_OVER,
    files,
    fresh,
    listed,
    next_code,
    raw,
    stored,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)


class TestRepeats:
    def test_a_redelivered_chunk_writes_the_same_codes_and_nothing_else(self, start):
        batch = start()
        work(batch)
        before = raw()
        Job.objects.update(next_chunk=0, done=0)

        work(batch)

        assert raw() == before

    def test_a_redelivered_chunk_lists_the_same_codes(self, start, run_tasks):
        batch = start()
        work(batch)
        made = stored(batch)
        Job.objects.update(next_chunk=0, done=0)

        jobs.run_due_jobs()
        run_tasks()

        assert len(listed(batch)) == 25 == len(set(listed(batch)))
        assert made < {rules.normalise(line) for line in listed(batch)}

    def test_spent_codes_stay_spent_when_an_old_chunk_is_delivered_again(self, start):
        batch = start(10)
        work(batch)
        spent = sorted(stored(batch))[:3]
        for code in spent:
            redemptions.redeem_code(
                code,
                redeemed_by=f"who-has-{code}",
                customer=Customer("alice@example.com"),
                now=timezone.now(),
            )
        before = raw()
        Job.objects.update(next_chunk=0, done=0)

        work(batch)

        assert raw() == before

    def test_a_message_that_comes_after_the_end_changes_nothing(self, start, run_tasks):
        batch = start()
        run_tasks()
        before, lines = raw(), listed(batch)

        work(batch, 3)

        assert (raw(), listed(batch)) == (before, lines)

    def test_a_worker_that_slept_through_the_end_writes_nothing(self, start, run_tasks):
        """It holds the seed still, but no longer the lease."""
        batch = start()
        sleeper = fresh(batch.job)
        assert sleeper.claim()
        Job.objects.update(leased_until=timezone.now() - LEASE_OVER)
        run_tasks()
        before = raw()

        with pytest.raises(jobs.LeaseLost):
            generation._make_chunk(sleeper, 0)

        assert raw() == before
        assert files() == ["codes.csv"]

    def test_a_collision_with_a_code_of_another_batch_is_drawn_anew(self, start, run_tasks):
        batch = start(10)
        foreign = promo_codes.PromoCode(
            next_code(batch, place=3), "another", "theirs", 1, created_at=timezone.now()
        )
        promo_codes.insert_codes([foreign])

        run_tasks()

        assert promo_codes.read_code(foreign.code, consistent=True).batch == "theirs"
        assert len(stored(batch)) == 10
        assert {rules.normalise(line) for line in listed(batch)} == stored(batch)

    def test_a_chunk_with_a_collision_is_repeated_without_more_codes(self, start):
        batch = start(10)
        foreign = promo_codes.PromoCode(
            next_code(batch, place=3), "another", "theirs", 1, created_at=timezone.now()
        )
        promo_codes.insert_codes([foreign])
        work(batch)
        before = raw()
        Job.objects.update(next_chunk=0, done=0)

        work(batch)

        assert raw() == before

    def test_a_spent_foreign_code_stays_spent(self, start, run_tasks):
        batch = start(10)
        foreign = promo_codes.PromoCode(
            next_code(batch), "another", "theirs", 1, created_at=timezone.now()
        )
        promo_codes.insert_codes([foreign])
        uses.take(foreign, Use(foreign.code, "another", "theirs", "alice", timezone.now()))

        run_tasks()

        assert promo_codes.read_code(foreign.code, consistent=True).redeemed_by == "alice"
