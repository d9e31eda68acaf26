"""The files of jobs: in parts, joined, read from any byte on, deleted when their time is over."""

from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.utils import timezone

from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import NotThere
from backoffice import job_files, jobs
from backoffice.audit import SYSTEM
from backoffice.jobs import Result, Work
from backoffice.models import Job

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def place(settings, tmp_path):
    default = settings.STORAGES["default"]
    here = {**default, "OPTIONS": {**default["OPTIONS"], "location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": here}


@pytest.fixture
def start(monkeypatch):
    """Start a job whose file is kept for 7 days: it writes 3 parts and joins them."""

    def write(job, number):
        job_files.store(job_files.part(job, number), f"part {number}\n")
        return 1

    def finish(job):
        name = f"{job_files.folder(job)}/all.txt"
        parts = [job_files.part(job, number) for number in range(3)]
        job_files.join(job, parts, name)
        Job.objects.filter(pk=job.pk).update(result_file=name)
        job_files.delete(job, parts)

    def start(**result):
        kept = Result(**{"kept_for": job_files.KEPT, **result})
        monkeypatch.setitem(jobs._kinds, "write", Work(write, finish, kept))
        return jobs.start_job("write", title="Write", total=3, chunks=3, act=SYSTEM)

    return start


def run(job, times=4):
    for _ in range(times):
        jobs.run_chunk(Job.objects.get(pk=job.pk))
    return Job.objects.get(pk=job.pk)


def days_later(job):
    Job.objects.filter(pk=job.pk).update(files_until=timezone.now() - LONG_AGO)


def files(job):
    return default_storage.listdir(job_files.folder(job))


class TestReading:
    def test_lines_are_read_from_where_the_last_read_ended(self):
        save_list("ONE\nTWO\nTHREE\n")

        first, then = job_files.read_lines("list", start=0, most=2)
        rest, end = job_files.read_lines("list", start=then, most=2)

        assert (first, then) == (["ONE", "TWO"], 8)
        assert (rest, end) == (["THREE"], 14)
        assert job_files.read_lines("list", start=end, most=2) == ([], 14)

    def test_lines_that_are_longer_than_a_piece_are_whole(self, monkeypatch):
        monkeypatch.setattr(job_files, "PIECE", 4)
        save_list("ÄÖÜÄÖÜ\nA\nB\n")

        lines, end = job_files.read_lines("list", start=0, most=2)

        assert (lines, end) == (["ÄÖÜÄÖÜ", "A"], 15)

    def test_s3_is_asked_for_the_part_that_is_read_and_no_more(self, monkeypatch, cloud):
        class Remote(Storage):
            bucket_name = name_of("exports")

        client("s3").put_object(Bucket=Remote.bucket_name, Key="list", Body=b"ONE\nTWO\nTHREE\n")
        monkeypatch.setattr(job_files, "default_storage", Remote())
        monkeypatch.setattr(job_files, "PIECE", 5)

        assert job_files.read_lines("list", start=4, most=1) == (["TWO"], 8)
        assert job_files.read_lines("list", start=8, most=9) == (["THREE"], 14)
        assert job_files.read_lines("list", start=14, most=9) == ([], 14)

    def test_a_file_that_is_gone_is_not_there(self):
        with pytest.raises(NotThere):
            job_files.read_lines("list", start=0, most=1)
        with pytest.raises(NotThere):
            job_files.read_text("list")


class TestDeleting:
    def test_a_file_is_there_for_seven_days_after_the_end(self, start):
        job = run(start())

        found = job_files.delete_old()

        assert timezone.now() + timedelta(days=6.9) < job.files_until
        assert found == 0
        assert files(job) == (["parts"], ["all.txt"])

    def test_then_it_is_deleted_and_the_job_says_so(self, start):
        job = run(start())
        days_later(job)

        assert job_files.delete_old() == 1

        job.refresh_from_db()
        assert (job.state, job.done, job.result_file, job.files_until) == ("done", 3, "", None)
        assert files(job)[1] == []
        assert job_files.delete_old() == 0

    def test_a_file_that_belongs_to_something_that_stays_is_never_deleted(self, start):
        job = run(start(kept_for=None))
        assert job.files_until is None

        job_files.delete_old()

        assert files(job)[1] == ["all.txt"]

    def test_the_parts_of_a_job_that_stopped_are_deleted_and_it_can_begin_anew(self, start):
        job = run(start(), 2)
        jobs.cancel(job, SYSTEM)
        days_later(job)
        assert job_files.delete_old() == 1
        assert default_storage.listdir(f"{job_files.folder(job)}/parts") == ([], [])

        jobs.resume(Job.objects.get(pk=job.pk), SYSTEM)
        job = run(job)

        assert (job.state, job.done) == ("done", 3)
        assert job.files_until is not None
        assert job_files.read_text(job.result_file) == "part 0\npart 1\npart 2\n"

    def test_a_job_that_runs_keeps_its_parts_however_old_it_is(self, start):
        job = run(start(), 2)
        days_later(job)

        assert job_files.delete_old() == 0
        assert run(job).state == "done"

    def test_a_job_on_which_somebody_works_is_left_alone(self, start):
        job = run(start())
        days_later(job)
        assert job.claim()

        assert job_files.delete_old() == 0

    def test_a_file_that_is_gone_already_does_not_stop_the_sweep(self, start):
        job = run(start())
        default_storage.delete(job.result_file)
        days_later(job)

        assert job_files.delete_old() == 1

    def test_a_sweep_that_died_is_repeated_when_its_lease_is_over(self, start, monkeypatch):
        job = run(start())
        days_later(job)
        with monkeypatch.context() as patch:
            patch.setattr(FileSystemStorage, "delete", killed)
            with pytest.raises(Killed):
                job_files.delete_old()
        assert job_files.delete_old() == 0
        Job.objects.update(leased_until=timezone.now() - LONG_AGO)

        assert job_files.delete_old() == 1


class Killed(BaseException):
    """What ends a worker without asking it."""


def killed(*_):
    raise Killed


def save_list(text):
    job_files.store("list", text)
