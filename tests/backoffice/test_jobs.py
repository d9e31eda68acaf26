"""Jobs: one chunk after another, each once, however badly the workers fare."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters.errors import NotThere, Refused, TryLater
from backoffice import jobs
from backoffice.audit import SYSTEM, Act
from backoffice.jobs import MOST_ATTEMPTS, Work
from backoffice.leases import LeaseLost
from backoffice.models import AuditEvent, Job
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """What ends a worker without asking it."""


class Painting:
    """A kind of work: it notes what it does, and does what the test wants before."""

    def __init__(self):
        self.painted = []
        self.finished = 0
        self.before_chunk = self.before_finish = lambda job: None

    def chunk(self, job, number):
        self.before_chunk(job)
        self.painted.append(number)
        return 10

    def finish(self, job):
        self.before_finish(job)
        self.finished += 1


@pytest.fixture
def painting(monkeypatch):
    painting = Painting()
    monkeypatch.setitem(jobs._kinds, "paint", Work(painting.chunk, painting.finish))
    return painting


@pytest.fixture
def job(painting):
    return jobs.start_job("paint", title="Paint the gate", total=30, chunks=3, act=SYSTEM)


def run(job, times=1):
    """Do the next chunks, as a worker whose messages are lost afterwards."""
    for _ in range(times):
        jobs.run_chunk(Job.objects.get(pk=job.pk))
    waiting_tasks()
    return Job.objects.get(pk=job.pk)


def raising(error):
    def fail(job):
        raise error

    return fail


def let_the_lease_run_out(job=None):
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


class TestTheWay:
    def test_every_chunk_is_done_in_order_and_then_the_end(self, job, painting, run_tasks):
        run_tasks()

        assert painting.painted == [0, 1, 2]
        assert painting.finished == 1

    def test_progress_is_on_the_row_after_each_chunk(self, job):
        rows = [run(job) for _ in range(4)]

        assert [(row.state, row.done, row.next_chunk) for row in rows] == [
            ("running", 10, 1),
            ("running", 20, 2),
            ("running", 30, 3),
            ("done", 30, 3),
        ]

    def test_a_job_that_is_done_says_when(self, job):
        row = run(job, 4)

        assert timezone.now() - row.finished_at < timedelta(minutes=1)
        assert row.leased_until is None

    def test_a_job_that_is_done_is_not_done_again(self, job, painting):
        run(job, 7)

        assert (painting.painted, painting.finished) == ([0, 1, 2], 1)

    def test_a_job_without_chunks_just_ends(self, painting, run_tasks):
        job = jobs.start_job("paint", title="Nothing", total=0, chunks=0, act=SYSTEM)

        run_tasks()

        assert Job.objects.get(pk=job.pk).state == Job.State.DONE
        assert painting.painted == []

    def test_starting_is_in_the_audit_trail(self, painting, staff):
        user = staff().user

        job = jobs.start_job("paint", title="Gate", total=1, chunks=1, act=Act(user, "shabby"))

        event = AuditEvent.objects.get(action="start paint")
        assert (event.actor, event.reason, event.target_id) == (user, "shabby", str(job.pk))
        assert job.asked_by == user


class TestTrouble:
    def test_a_busy_world_puts_the_chunk_off(self, job, painting):
        painting.before_chunk = raising(TryLater("dynamodb: Throttling"))

        row = run(job)

        assert (row.state, row.attempts, row.error) == ("running", 1, "dynamodb: Throttling")
        assert (row.next_chunk, row.leased_until) == (0, None)

    def test_the_sweep_tries_again_what_was_put_off(self, job, painting, run_tasks):
        painting.before_chunk = raising(TryLater("dynamodb: Throttling"))
        run(job)
        painting.before_chunk = lambda job: None

        assert jobs.run_due_jobs() == 1
        run_tasks()

        row = Job.objects.get(pk=job.pk)
        assert (row.state, row.attempts, row.error) == ("done", 0, "")

    def test_after_most_attempts_a_busy_world_fails_the_job(self, job, painting):
        painting.before_chunk = raising(TryLater("dynamodb: Throttling"))

        before = run(job, MOST_ATTEMPTS - 1)
        after = run(job)

        assert (before.state, after.state) == ("running", "failed")
        assert (after.attempts, after.error) == (MOST_ATTEMPTS, "dynamodb: Throttling")

    def test_attempts_are_those_of_one_chunk(self, job, painting):
        painting.before_chunk = raising(TryLater("busy"))
        run(job, MOST_ATTEMPTS - 1)
        painting.before_chunk = lambda job: None
        assert run(job).attempts == 0

        painting.before_chunk = raising(TryLater("busy"))

        assert run(job, MOST_ATTEMPTS - 1).state == "running"

    @pytest.mark.parametrize("kind", [Refused, NotThere])
    def test_what_waiting_cannot_help_fails_the_job_at_once(self, job, painting, kind):
        painting.before_chunk = raising(kind("dynamodb: AccessDenied"))

        row = run(job)

        assert (row.state, row.error) == ("failed", "dynamodb: AccessDenied")
        assert row.leased_until is None

    def test_trouble_at_the_end_is_trouble_too(self, job, painting):
        painting.before_finish = raising(Refused("s3: NoSuchBucket"))

        assert run(job, 4).state == "failed"

    def test_a_long_error_fits_the_row(self, job, painting):
        painting.before_chunk = raising(Refused("x" * 5000))

        assert run(job).error == "x" * 500

    def test_a_failed_job_is_left_alone(self, job, painting):
        painting.before_chunk = raising(Refused("no"))
        run(job)
        painting.before_chunk = lambda job: None

        assert jobs.run_due_jobs() == 0
        assert run(job).state == "failed"
        assert painting.painted == []

    def test_a_chunk_that_kills_its_worker_each_time_fails_the_job(self, job, painting):
        painting.before_chunk = raising(Killed)
        for _ in range(MOST_ATTEMPTS):
            with pytest.raises(Killed):
                run(job)
            let_the_lease_run_out()

        row = run(job)

        assert (row.state, row.leased_until) == ("failed", None)
        assert row.error

    def test_a_worker_that_dies_once_is_followed_by_another(self, job, painting):
        painting.before_chunk = raising(Killed)
        with pytest.raises(Killed):
            run(job)
        painting.before_chunk = lambda job: None
        assert run(job).next_chunk == 0
        let_the_lease_run_out()

        assert run(job).next_chunk == 1
        assert painting.painted == [0]


class TestTwoWorkers:
    def test_while_one_works_another_leaves_the_job_alone(self, job, painting):
        painting.before_chunk = lambda job: jobs.run_chunk(Job.objects.get(pk=job.pk))

        run(job)

        assert painting.painted == [0]

    def test_two_at_the_same_moment_do_a_chunk_once(self, job, painting, in_threads):
        both = threading.Barrier(2)
        painting.before_chunk = lambda job: both.wait(0.3) if both.n_waiting else None

        in_threads(2, lambda _: jobs.run_chunk(Job.objects.get(pk=job.pk)))

        assert len(painting.painted) == len(set(painting.painted))
        assert Job.objects.get().done == 10 * len(painting.painted)

    def test_many_workers_do_a_whole_job_once(self, job, painting, in_threads):
        in_threads(4, lambda _: [jobs.run_chunk(Job.objects.get(pk=job.pk)) for _ in range(5)])
        row = run(job, 4)

        assert (row.state, row.done) == ("done", 30)
        assert (painting.painted, painting.finished) == ([0, 1, 2], 1)

    def test_who_lost_the_lease_counts_nothing_and_fails_nothing(self, job, painting):
        """The next worker does the whole chunk while the first one sleeps."""

        def sleep_too_long(mine):
            painting.before_chunk = lambda job: None
            let_the_lease_run_out()
            run(mine)

        painting.before_chunk = sleep_too_long

        row = run(job)

        assert (row.state, row.done, row.next_chunk) == ("running", 10, 1)

    @pytest.mark.parametrize("error", [LeaseLost("Job 1"), TryLater("busy"), Refused("no")])
    def test_who_lost_the_lease_may_stumble_without_harm(self, job, painting, error):
        def sleep_too_long_and_stumble(mine):
            painting.before_chunk = lambda job: None
            let_the_lease_run_out()
            run(mine)
            raise error

        painting.before_chunk = sleep_too_long_and_stumble

        row = run(job)

        assert (row.state, row.next_chunk, row.error) == ("running", 1, "")

    def test_a_lease_that_was_taken_is_not_freed_by_who_lost_it(self, job, painting):
        def lose_it_to_another(mine):
            let_the_lease_run_out()
            assert Job.objects.get(pk=mine.pk).claim()

        painting.before_chunk = lose_it_to_another

        assert run(job).leased_until > timezone.now()


class TestCancelling:
    def test_a_cancelled_job_does_no_more(self, job, painting):
        run(job)

        assert jobs.cancel(job, SYSTEM) is True

        assert run(job).state == "cancelled"
        assert painting.painted == [0]

    def test_the_sweep_leaves_a_cancelled_job_alone(self, job):
        jobs.cancel(job, SYSTEM)

        assert jobs.run_due_jobs() == 0

    def test_a_resumed_job_goes_on_where_it_was(self, job, painting, run_tasks):
        run(job)
        jobs.cancel(job, SYSTEM)

        assert jobs.resume(job, SYSTEM) is True
        run_tasks()

        assert painting.painted == [0, 1, 2]
        assert Job.objects.get().done == 30

    def test_a_failed_job_can_be_resumed_with_new_patience(self, job, painting, run_tasks):
        painting.before_chunk = raising(TryLater("busy"))
        run(job, MOST_ATTEMPTS)
        painting.before_chunk = lambda job: None

        jobs.resume(job, SYSTEM)
        assert (Job.objects.get().attempts, Job.objects.get().error) == (0, "")
        run_tasks()

        assert Job.objects.get().state == "done"

    def test_a_job_cancelled_during_a_chunk_stays_cancelled(self, job, painting):
        painting.before_chunk = lambda job: jobs.cancel(job, SYSTEM)

        row = run(job)

        assert (row.state, row.leased_until) == ("cancelled", None)

    @pytest.mark.parametrize("error", [TryLater("busy"), Refused("no")])
    def test_a_job_cancelled_during_a_chunk_that_stumbles_stays_cancelled(
        self, job, painting, error
    ):
        def cancel_and_stumble(job):
            jobs.cancel(job, SYSTEM)
            raise error

        painting.before_chunk = cancel_and_stumble

        row = run(job)

        assert (row.state, row.leased_until) == ("cancelled", None)

    def test_a_chunk_during_which_the_job_was_cancelled_is_repeated_when_resumed(
        self, job, painting, run_tasks
    ):
        painting.before_chunk = lambda job: jobs.cancel(job, SYSTEM)
        run(job)
        painting.before_chunk = lambda job: None

        jobs.resume(job, SYSTEM)
        run_tasks()

        assert painting.painted == [0, 0, 1, 2]
        assert Job.objects.get().done == 30

    @pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
    def test_what_does_not_run_cannot_be_cancelled(self, job, state):
        Job.objects.update(state=state)

        assert jobs.cancel(job, SYSTEM) is False

        assert Job.objects.get().state == state
        assert not AuditEvent.objects.filter(action="cancel job").exists()

    @pytest.mark.parametrize("state", ["waiting", "running", "done"])
    def test_what_is_not_stopped_cannot_be_resumed(self, job, state):
        Job.objects.update(state=state)

        assert jobs.resume(job, SYSTEM) is False

        assert Job.objects.get().state == state
        assert not AuditEvent.objects.filter(action="resume job").exists()

    def test_both_verbs_are_in_the_audit_trail(self, job):
        jobs.cancel(job, Act(None, "wrong gate"))
        jobs.resume(job, SYSTEM)

        events = AuditEvent.objects.order_by("id").values_list("action", "reason")
        assert list(events)[1:] == [("cancel job", "wrong gate"), ("resume job", "")]


class TestTheSweep:
    def test_a_job_whose_message_was_lost_is_queued_again(self, job, run_tasks):
        waiting_tasks()

        assert jobs.run_due_jobs() == 1
        run_tasks()

        assert Job.objects.get().state == "done"

    def test_a_job_that_somebody_works_on_is_left_alone(self, job):
        Job.objects.get().claim()

        assert jobs.run_due_jobs() == 0

    def test_a_job_whose_worker_died_is_queued_again(self, job):
        Job.objects.get().claim()
        let_the_lease_run_out()

        assert jobs.run_due_jobs() == 1
