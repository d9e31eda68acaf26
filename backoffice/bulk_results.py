"""What became of each row of a bulk job: on the job's page, and as a CSV file."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import bulk_jobs, csv_cells, job_files, jobs
from backoffice.bulk_rows import JobRow
from backoffice.jobs import Result, Work
from backoffice.models import Job

# The page shows what needs a look first, and the file has them all.
SHOWN = 50
READ_AT_ONCE = 500
COLUMNS = ("id", "row", "result", "why")
State = JobRow.State
COLOURS = {
    State.WAITING: "info",
    State.DONE: "success",
    State.REFUSED: "warning",
    State.FAILED: "danger",
}


def register() -> None:
    result = Result(
        label=gettext_lazy("Download the result of each row"),
        audited_as="download results",
        kept_for=job_files.KEPT,
        right_of=bulk_jobs.right_to_see,
    )
    jobs.register(bulk_jobs.KIND, Work(chunk=bulk_jobs.do_some, finish=_finish, result=result))


def about(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Return what the page of a bulk job shows of its rows, to whom may see such rows."""
    if job.kind != bulk_jobs.KIND or not request.user.has_perm(bulk_jobs.right_to_see(job)):
        return {}
    page = bulk_jobs.page_of_rows(job)
    shown = bulk_jobs.named_rows(_worst_first(job), job)
    return {
        "row_counts": _counts(job),
        "rows": [
            {
                "name": str(row) if row else each.key,
                "url": page.row_url(row) if row else "",
                "state": State(each.state).label,
                "colour": COLOURS[State(each.state)],
                "words": each.words,
            }
            for each, row in shown
        ],
        "rows_left": job.total - len(shown),
        "trail": f"job-{job.pk}" if request.user.has_perm("backoffice.view_auditevent") else "",
    }


def _counts(job: Job) -> list[tuple[str, str, int]]:
    counted = dict(job.rows.values_list("state").annotate(Count("pk")).order_by())
    states = (State.DONE, State.REFUSED, State.FAILED, State.WAITING)
    return [(COLOURS[each], str(each.label), counted.get(each, 0)) for each in states]


def _worst_first(job: Job) -> list[JobRow]:
    """State by state, so that an index has the order and nothing is sorted."""
    shown: list[JobRow] = []
    for state in (State.FAILED, State.REFUSED, State.DONE, State.WAITING):
        if len(shown) < SHOWN:
            shown += job.rows.filter(state=state).order_by("number")[: SHOWN - len(shown)]
    return shown


def _finish(job: Job) -> None:
    job_files.finish_with(job, _lines(job), "results.csv")


def _lines(job: Job) -> Iterator[str]:
    yield csv_cells.line(*COLUMNS)
    rows = job.rows.order_by("number").iterator(READ_AT_ONCE)
    while some := list(islice(rows, READ_AT_ONCE)):
        for each, row in bulk_jobs.named_rows(some, job):
            name = str(row) if row else _("gone")
            yield csv_cells.line(each.key, name, State(each.state).label, each.words)
