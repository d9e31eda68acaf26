"""A batch that is cancelled stops, and goes on when it is resumed."""

import pytest

from backoffice import job_files, jobs
from backoffice.audit import SYSTEM
from backoffice.models import Job
from campaigns.models import Batch
from tests.campaigns.generation.making import fresh, listed, stored, work

pytestmark = pytest.mark.django_db(transaction=True)


class TestCancelling:
    def test_a_cancelled_batch_makes_no_more_codes(self, start, run_tasks):
        batch = start()
        work(batch)
        jobs.cancel(fresh(batch.job), SYSTEM)

        jobs.run_due_jobs()
        run_tasks()

        assert len(stored(batch)) == 10
        assert fresh(batch).state == Batch.State.PREPARING

    def test_a_resumed_batch_goes_on_where_it_was(self, start, run_tasks):
        batch = start()
        work(batch)
        made = stored(batch)
        jobs.cancel(fresh(batch.job), SYSTEM)

        jobs.resume(fresh(batch.job), SYSTEM)
        run_tasks()

        assert made < stored(batch)
        assert len(stored(batch)) == 25 == len(listed(batch))
        assert fresh(batch.job).done == 25

    def test_a_batch_that_is_cancelled_in_the_middle_of_a_chunk_can_be_resumed(
        self, start, run_tasks, monkeypatch
    ):
        batch = start()
        store = job_files.store

        def cancel_and_store(*args):
            jobs.cancel(fresh(batch.job), SYSTEM)
            store(*args)

        with monkeypatch.context() as patch:
            patch.setattr(job_files, "store", cancel_and_store)
            work(batch)
        assert fresh(batch.job).state == Job.State.CANCELLED

        jobs.resume(fresh(batch.job), SYSTEM)
        run_tasks()

        assert len(stored(batch)) == 25 == len(listed(batch)) == fresh(batch.job).done

    def test_a_batch_that_was_revoked_meanwhile_stays_revoked(self, start, run_tasks):
        batch = start()
        Batch.objects.update(state=Batch.State.REVOKED)

        run_tasks()

        assert fresh(batch).state == Batch.State.REVOKED
        assert fresh(batch).seed == ""
