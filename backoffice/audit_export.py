"""Lines of the audit trail as a CSV file: a job, a range of ids at a time."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import csv_cells, job_files, jobs
from backoffice.audit import Act
from backoffice.audit_search import Wanted, find
from backoffice.jobs import Result, Work
from backoffice.models import AuditEvent, Job
from backoffice.roles import READ_TRAIL
from backoffice.verbs import VerbRefused

KIND = "export-audit"
# Ids that one chunk looks through.
CHUNK = 5000
COLUMNS = (
    "id",
    "at",
    "actor_name",
    "action",
    "target_type",
    "target_id",
    "target_name",
    "before",
    "after",
    "reason",
    "request_id",
)


@dataclass(frozen=True)
class Trail:
    """What an export takes along, as the row that its confirmation shows."""

    wanted: Wanted
    pk: int = 0

    def __str__(self) -> str:
        return str(self.wanted)


def export_trail(trail: Trail, act: Act) -> Job:
    """Start the export of what is looked for, up to the last line of now."""
    ids = find(trail.wanted).order_by("pk").values_list("pk", flat=True)
    first, last = ids.first(), ids.last()
    if first is None or last is None:
        raise VerbRefused(_("There is no line like that."))
    total = last - first + 1
    return jobs.start_job(
        KIND,
        title=_("Export the audit trail"),
        total=total,
        chunks=-(-total // CHUNK),
        act=act,
        wanted=asdict(trail.wanted),
        first=first,
        last=last,
    )


def register() -> None:
    result = Result(
        right=READ_TRAIL,
        label=gettext_lazy("Download the lines"),
        audited_as="download audit trail",
        kept_for=job_files.KEPT,
    )
    jobs.register(KIND, Work(chunk=_export_chunk, finish=_finish, result=result))


def _export_chunk(job: Job, index: int) -> int:
    begins = job.arguments["first"] + index * CHUNK
    ends = min(begins + CHUNK - 1, job.arguments["last"])
    rows = find(Wanted(**job.arguments["wanted"])).filter(pk__range=(begins, ends)).order_by("pk")
    heading = csv_cells.line(*COLUMNS) if index == 0 else ""
    job_files.store(job_files.part(job, index), heading + "".join(map(_line, rows.iterator())))
    return int(ends - begins + 1)


def _line(event: AuditEvent) -> str:
    return csv_cells.line(*(_cell(getattr(event, name)) for name in COLUMNS))


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
    return value.isoformat() if hasattr(value, "isoformat") else value


def _finish(job: Job) -> None:
    job_files.finish(job, "audit-trail.csv")
