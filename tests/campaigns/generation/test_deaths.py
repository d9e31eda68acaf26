"""A worker that dies anywhere leaves a batch that goes on."""

import pytest
from botocore.exceptions import ClientError
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from adapters import promo_codes
from backoffice import job_files, jobs
from backoffice.models import Job
from campaigns import rules
from campaigns.models import Batch
from tests.campaigns.generation.making import LEASE_OVER, Killed, files, fresh, listed, stored, work
from tests.outages import failing
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)


class TestDeaths:
    """A worker that is killed leaves its lease; when that is over the sweep goes on."""

    @staticmethod
    def dies_at(monkeypatch, module, name, call=1):
        original, calls = getattr(module, name), []

        def work_until_then(*args, **kwargs):
            calls.append(args)
            if len(calls) == call:
                raise Killed
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, work_until_then)

    @staticmethod
    def sweep_after_the_lease():
        Job.objects.update(leased_until=timezone.now() - LEASE_OVER)
        jobs.run_due_jobs()

    def test_a_lost_message_between_two_chunks_is_sent_again(self, start, run_tasks):
        batch = start()
        work(batch)

        jobs.run_due_jobs()
        run_tasks()

        assert len(stored(batch)) == 25 == len(listed(batch))

    @pytest.mark.parametrize(
        ("name", "call"),
        [
            ("insert_codes", 1),
            ("insert_codes", 2),
            ("insert_codes", 5),
            ("store", 1),
            ("store", 3),
            ("join", 1),
            ("delete", 1),
            ("delete", 3),
        ],
    )
    def test_a_batch_is_complete_after_a_death(self, start, run_tasks, monkeypatch, name, call):
        places = {"insert_codes": promo_codes, "delete": FileSystemStorage}
        batch = start()
        with monkeypatch.context() as patch:
            self.dies_at(patch, places.get(name, job_files), name, call)
            with pytest.raises(Killed):
                work(batch, 5)
        waiting_tasks()

        self.sweep_after_the_lease()
        run_tasks()

        lines = {rules.normalise(line) for line in listed(batch)}
        assert lines == stored(batch)
        assert len(lines) == 25 == len(listed(batch))
        assert (fresh(batch).state, fresh(batch).seed) == (Batch.State.READY, "")
        assert files() == ["codes.csv"]

    def test_while_the_lease_of_the_dead_worker_runs_nobody_takes_over(
        self, start, run_tasks, monkeypatch
    ):
        batch = start()
        with monkeypatch.context() as patch:
            self.dies_at(patch, promo_codes, "insert_codes")
            with pytest.raises(Killed):
                work(batch)

        jobs.run_due_jobs()
        run_tasks()

        assert stored(batch) == set()

    def test_a_busy_dynamodb_puts_the_chunk_off(self, start, run_tasks):
        batch = start()
        with failing("dynamodb", "BatchExecuteStatement", "InternalServerError"):
            work(batch)
        assert fresh(batch.job).state == Job.State.RUNNING

        jobs.run_due_jobs()
        run_tasks()

        assert len(listed(batch)) == 25

    @pytest.mark.parametrize(
        ("code", "state"), [("SlowDown", "running"), ("NoSuchBucket", "failed")]
    )
    def test_a_store_that_does_not_take_the_list_is_on_the_job(
        self, start, monkeypatch, code, state
    ):
        batch = start()

        def refuse(*_, **__):
            raise ClientError({"Error": {"Code": code}}, "PutObject")

        monkeypatch.setattr(FileSystemStorage, "save", refuse)

        work(batch)

        job = fresh(batch.job)
        assert (job.state, job.error) == (state, f"s3 PutObject: {code}")
        assert job.leased_until is None

    def test_two_workers_on_one_batch_make_each_code_once(self, start, in_threads):
        batch = start()

        def toil(_):
            for _ in range(6):
                jobs.run_chunk(Job.objects.get(pk=batch.job_id))

        in_threads(2, toil)
        waiting_tasks()
        work(batch, 5)

        assert len(stored(batch)) == 25 == len(listed(batch))
        assert fresh(batch.job).done == 25
