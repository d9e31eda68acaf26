"""Long work: a job is cut into chunks, a task runs one chunk and queues the next.

A chunk may be delivered twice, or die half-way: each kind of work promises that running the same
chunk again changes nothing. That is all that resuming needs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters.errors import OutsideError, TryLater
from backoffice import audit
from backoffice.audit import Act
from backoffice.leases import LeaseLost
from backoffice.models import Job
from backoffice.queueing import send_after_commit
from backoffice.roles import EXPORT_CODES

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = str | Promise

# An unreachable AWS is retried by the sweep, every 15 s, for about five minutes.
MOST_ATTEMPTS = 20
UNFINISHED = (Job.State.WAITING, Job.State.RUNNING)


class Stopped(Exception):
    """The job must not go on as things are; the text says why, to staff."""


@dataclass(frozen=True)
class Result:
    """The file that a kind of job leaves: who may have it, and what staff call it.

    With `kept_for` the sweep deletes it that long after the job; otherwise it stays. `right_of`
    says whose it is where jobs of one kind differ in that.
    """

    right: str = EXPORT_CODES
    label: StrOrPromise = gettext_lazy("Download the codes")
    audited_as: str = "download codes"
    kept_for: timedelta | None = None
    right_of: Callable[[Job], str] | None = None


@dataclass(frozen=True)
class Work:
    """A kind of job: `chunk` does piece number n and says how many units it did.

    `done` is what its page says in the end, where more is to be done than to read it.
    """

    chunk: Callable[[Job, int], int]
    finish: Callable[[Job], None]
    result: Result = Result()
    done: StrOrPromise = gettext_lazy("Everything is done.")


_kinds: dict[str, Work] = {}


def register(kind: str, work: Work) -> None:
    _kinds[kind] = work


def result_of(kind: str) -> Result:
    return _kinds[kind].result if kind in _kinds else Result()


def words_when_done(kind: str) -> StrOrPromise:
    return _kinds[kind].done if kind in _kinds else Work.done


def right_to_file(job: Job) -> str:
    result = result_of(job.kind)
    return result.right_of(job) if result.right_of else result.right


def files_until(kind: str) -> datetime | None:
    """Return when the files of a job of this kind that ends now are deleted."""
    kept_for = result_of(kind).kept_for
    return timezone.now() + kept_for if kept_for else None


def start_job(
    kind: str,
    *,
    title: str,
    total: int,
    chunks: int,
    act: Act,
    ticket: str = "",
    **arguments: object,
) -> Job:
    """Write the job down and queue its first chunk after the commit."""
    job = Job.objects.create(
        kind=kind,
        title=title[:200],
        total=total,
        chunks=chunks,
        arguments=arguments,
        asked_by=act.actor,
        ticket=ticket,
        files_until=files_until(kind),
    )
    audit.record(act, f"start {kind}", job, after={"total": total})
    _queue(job)
    return job


def run_chunk(job: Job) -> None:
    """Do the job's next chunk, unless somebody else does, and queue the one after it."""
    if not job.claim(state__in=UNFINISHED):
        return
    if job.attempts >= MOST_ATTEMPTS:
        _end(job, Job.State.FAILED, job.attempts, job.error or _("The worker died."))
        return
    # Counted before the work: a chunk that kills its worker must not be repeated for ever.
    Job.objects.filter(pk=job.pk).update(attempts=job.attempts + 1)
    work = _kinds[job.kind]
    try:
        if job.next_chunk < job.chunks:
            _do_one(job, work)
        else:
            work.finish(job)
            job.refresh_from_db(fields=["result_file"])
            _end_well(job)
    except LeaseLost:
        return
    except TryLater as error:
        _put_off(job, error)
    except (OutsideError, Stopped) as error:
        _end(job, Job.State.FAILED, job.attempts, str(error))


def _do_one(job: Job, work: Work) -> None:
    done = work.chunk(job, job.next_chunk)
    kept = job.give_back(
        only_if={"state__in": UNFINISHED},
        state=Job.State.RUNNING,
        next_chunk=job.next_chunk + 1,
        done=job.done + done,
        attempts=0,
        error="",
    )
    if kept:
        _queue(job)
    else:
        job.give_back()


def _end_well(job: Job) -> None:
    job.give_back(
        state=Job.State.DONE,
        finished_at=timezone.now(),
        files_until=files_until(job.kind),
        attempts=0,
        error="",
    )


def _put_off(job: Job, error: TryLater) -> None:
    attempts = job.attempts + 1
    state = Job.State.FAILED if attempts >= MOST_ATTEMPTS else Job.State.RUNNING
    _end(job, state, attempts, str(error))


def _end(job: Job, state: Job.State, attempts: int, error: str) -> None:
    """Give the job back with what went wrong; one that was cancelled meanwhile stays cancelled."""
    only_if = {"state__in": UNFINISHED}
    if not job.give_back(only_if=only_if, state=state, attempts=attempts, error=error[:500]):
        job.give_back()


@transaction.atomic
def cancel(job: Job, act: Act) -> bool:
    """Stop before the next chunk. What was done stays; the job can be resumed."""
    rows = Job.objects.filter(pk=job.pk, state__in=UNFINISHED)
    if not rows.update(state=Job.State.CANCELLED):
        return False
    audit.record(act, "cancel job", job, after={"done": job.done})
    return True


@transaction.atomic
def resume(job: Job, act: Act) -> bool:
    """Go on with the first chunk that is not done."""
    rows = Job.objects.filter(pk=job.pk, state__in=(Job.State.FAILED, Job.State.CANCELLED))
    until = files_until(job.kind)
    if not rows.update(state=Job.State.RUNNING, attempts=0, error="", files_until=until):
        return False
    audit.record(act, "resume job", job)
    _queue(job)
    return True


@transaction.atomic
def abandon(job: Job, act: Act) -> bool:
    """Give up for good what was cancelled or failed. False while a worker is still at it."""
    stopped = Job.objects.filter(state__in=(Job.State.FAILED, Job.State.CANCELLED))
    if not stopped.filter(Job.free(), pk=job.pk).update(state=Job.State.ABANDONED):
        return False
    audit.record(act, "abandon job", job, after={"done": job.done})
    return True


def run_again(job: Job, *, chunks: int, done: int) -> None:
    """Begin a job that ended anew, with what is left of it. Call it in a transaction."""
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING,
        chunks=chunks,
        next_chunk=0,
        done=done,
        attempts=0,
        error="",
        result_file="",
        finished_at=None,
        files_until=files_until(job.kind),
    )
    _queue(job)


def run_due_jobs() -> int:
    """Queue every job that should be running and on which nobody works."""
    due = Job.objects.filter(Job.free(), state__in=UNFINISHED)[:100]
    for job in due:
        _queue(job)
    return len(due)


def _queue(job: Job) -> None:
    from backoffice.tasks import run_job_chunk  # tasks import this module

    send_after_commit(run_job_chunk, job.pk)
