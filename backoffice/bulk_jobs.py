"""A verb on many rows as a job: each row once, whoever dies, and each with what became of it.

What the service writes and the row's own end are one transaction. A worker that is killed within a
row leaves it either done or untouched, and whoever comes next goes on there. Whoever asked must
still be allowed to when a piece is done. Lines in the audit trail have the job as their request:
`job-17`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from adapters.errors import OutsideError
from backoffice import audit, jobs
from backoffice.audit import Act
from backoffice.bulk_rows import JobRow
from backoffice.jobs import Stopped
from backoffice.models import Job
from backoffice.request_ids import current_request_id
from backoffice.verbs import Verb, VerbForm, VerbRefused

KIND = "do-to-many"
# Rows that one piece does: about a second, and what a cancelled job still does at most.
CHUNK = 25
MOST_TRIES = 3
WRITTEN_AT_ONCE = 500

State = JobRow.State
ENDED = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)


def start(
    verb: Verb, rows: QuerySet[Any], *, total: int, act: Act, form: VerbForm, ticket: str
) -> Job:
    """Write down which rows are meant and start. The same ticket a second time: the same job."""
    there = _with_ticket(act, ticket)
    if there:
        return there
    try:
        return _start(verb, rows, total, act, form, ticket)
    except IntegrityError:
        # Pressed twice at the same moment.
        there = _with_ticket(act, ticket)
        if there is None:
            raise
        return there


def _with_ticket(act: Act, ticket: str) -> Job | None:
    return Job.objects.filter(asked_by=act.actor, ticket=ticket).first() if ticket else None


@transaction.atomic
def _start(
    verb: Verb, rows: QuerySet[Any], total: int, act: Act, form: VerbForm, ticket: str
) -> Job:
    kind = rows.model._meta
    job = jobs.start_job(
        KIND,
        title=_("%(verb)s: %(count)s %(rows)s")
        % {
            "verb": verb.label,
            "count": number_format(total, force_grouping=True),
            "rows": kind.verbose_name_plural,
        },
        total=total,
        chunks=-(-total // CHUNK),
        act=act,
        ticket=ticket,
        model=kind.label,
        verb=verb.name,
        answers={name: _all_of(form.data, name) for name in form.fields},
    )
    keys = rows.select_related(None).prefetch_related(None).values_list("pk", flat=True)
    _write_down(job, keys[:total].iterator(WRITTEN_AT_ONCE))
    return job


def _all_of(data: Any, name: str) -> list[str]:
    return list(data.getlist(name))


def _write_down(job: Job, keys: Iterable[Any]) -> None:
    meant = (JobRow(job=job, number=at, key=str(key)) for at, key in enumerate(keys))
    while some := list(islice(meant, WRITTEN_AT_ONCE)):
        JobRow.objects.bulk_create(some)


def page_of_rows(job: Job) -> Any:
    """Return the staff page of the kind of row that the job is about."""
    return admin.site.get_model_admin(apps.get_model(job.arguments["model"]))


def verb_of(job: Job) -> Verb:
    """Raises Stopped if there is no such verb any more."""
    verbs: Iterable[Verb] = page_of_rows(job).verbs
    for verb in verbs:
        if verb.name == job.arguments["verb"] and verb.is_bulk:
            return verb
    raise Stopped(_("This cannot be done to many rows any more."))


def right_to_see(job: Job) -> str:
    kind = apps.get_model(job.arguments["model"])._meta
    return f"{kind.app_label}.view_{kind.model_name}"


def named_rows(rows: Iterable[JobRow], job: Job) -> list[tuple[JobRow, Any]]:
    """Return each with the row that it stands for, or None where that is gone."""
    rows = list(rows)
    there = _rows(job, [row.key for row in rows])
    return [(row, there.get(row.key)) for row in rows]


def _rows(job: Job, keys: list[str]) -> dict[str, Any]:
    page = page_of_rows(job)
    found = page.model._default_manager.filter(pk__in=keys)
    if isinstance(page.list_select_related, tuple):
        found = found.select_related(*page.list_select_related)
    return {str(row.pk): row for row in found}


def do_some(job: Job, index: int) -> int:
    """Do the verb to the next rows that wait. Raises Stopped when nobody may any more."""
    verb = verb_of(job)
    act = _allowed_act(job, verb)
    answers = _answers(job, verb)
    waiting = list(job.rows.filter(state=State.WAITING).order_by("number")[:CHUNK])
    with _as_request(f"job-{job.pk}"):
        for each, row in named_rows(waiting, job):
            _do(each, row, verb, act, answers)
    return settled(job) - job.done


def _allowed_act(job: Job, verb: Verb) -> Act:
    asked_by = job.asked_by
    rights = (verb.permission, right_to_see(job))
    if not (asked_by and asked_by.is_active and asked_by.is_staff and asked_by.has_perms(rights)):
        raise Stopped(_("Whoever asked for this may not do it any more."))
    return Act(asked_by, job.arguments["answers"]["reason"][-1])


def _answers(job: Job, verb: Verb) -> Mapping[str, Any]:
    """Read the answers as the form read them; a day that was to come may be over by now."""
    data = QueryDict(mutable=True)
    for name, values in job.arguments["answers"].items():
        data.setlist(name, values)
    form = verb.form(data)
    if not form.is_valid():
        raise Stopped(_("The answers do not hold any more. Start a new job for the rest."))
    return form.arguments()


def _do(each: JobRow, row: Any, verb: Verb, act: Act, answers: Mapping[str, Any]) -> None:
    if row is None:
        _settle(each, State.REFUSED, _("It is not there any more."))
        return
    if each.tries >= MOST_TRIES:
        _settle(each, State.FAILED, _("The worker died at it, several times. Tell operations."))
        return
    JobRow.objects.filter(pk=each.pk).update(tries=F("tries") + 1)
    try:
        with transaction.atomic():
            # Locks the row first: a worker that was taken for dead does not do it as well.
            if _settle(each, State.DONE):
                verb.run(row, act, **answers)
    except tuple(verb.troubles) as error:
        state = State.FAILED if isinstance(error, OutsideError) else State.REFUSED
        _settle(each, state, verb.name_trouble(error))


def _settle(each: JobRow, state: State, words: str = "") -> bool:
    waiting = JobRow.objects.filter(pk=each.pk, state=State.WAITING)
    return bool(waiting.update(state=state, words=words[:500]))


def settled(job: Job) -> int:
    return int(job.rows.exclude(state=State.WAITING).count())


@contextmanager
def _as_request(name: str) -> Iterator[None]:
    token = current_request_id.set(name)
    try:
        yield
    finally:
        current_request_id.reset(token)


def can_retry(job: Job) -> bool:
    return job.kind == KIND and job.state in ENDED and _failed(job).exists()


def _failed(job: Job) -> QuerySet[JobRow]:
    return job.rows.filter(state=State.FAILED)


@transaction.atomic
def retry_failed(job: Job, act: Act) -> None:
    """Do the rows that failed once more, and no other. Raises VerbRefused if there is none."""
    is_free = Job.objects.filter(Job.free(), pk=job.pk, kind=KIND, state__in=ENDED).exists()
    count = _failed(job).update(state=State.WAITING, tries=0, words="") if is_free else 0
    if not count:
        raise VerbRefused(_("No row of it has failed, or it is still running."))
    waiting = job.rows.filter(state=State.WAITING).count()
    jobs.run_again(job, chunks=-(-waiting // CHUNK), done=settled(job))
    audit.record(act, "retry failed rows", job, after={"rows": count})
