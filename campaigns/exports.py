"""Lists of codes with what became of each: a job over the stored files of batches.

Which codes there are is in the file that every batch keeps; how each stands now is asked of
DynamoDB, a thousand at a time. A chunk notes at which byte the next one begins, so none reads what
others have read.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.clock import timestamp
from adapters.code_reading import MOST_KEYS, read_codes
from adapters.promo_codes import PromoCode
from backoffice import csv_cells, job_files, jobs
from backoffice.audit import Act
from backoffice.jobs import Result, Work
from backoffice.models import Job
from backoffice.verbs import VerbRefused
from campaigns import rules
from campaigns.generation import export_file
from campaigns.models import Batch, Campaign

KIND = "export-codes"
CHUNK = 1000
COLUMNS = (
    "code",
    "status",
    "campaign",
    "batch",
    "starts",
    "ends",
    "max_uses",
    "uses",
    "redeemed_by",
    "redeemed_at",
)


def export_batch(batch: Batch, act: Act, *, only_unused: bool = False) -> Job:
    """Start the export of one batch. Raises VerbRefused while its codes are being made."""
    return _export(Batch.objects.filter(pk=batch.pk), str(batch), act, only_unused)


def export_campaign(campaign: Campaign, act: Act, *, only_unused: bool = False) -> Job:
    """Start the export of all batches of a campaign whose codes are made."""
    return _export(campaign.batches.all(), str(campaign), act, only_unused)


def register() -> None:
    result = Result(kept_for=job_files.KEPT)
    jobs.register(KIND, Work(chunk=_export_chunk, finish=_finish, result=result))


def status_of(code: PromoCode | None, batch: Batch, now: datetime) -> str:
    """Return one of a few stable words. A code that is used up stays so, whatever is closed."""
    if code is None:
        return "missing"
    campaign = batch.campaign
    ends = _end(code, campaign)
    reasons = (
        (code.uses >= code.max_uses, "used up"),
        (batch.state == Batch.State.REVOKED, "revoked"),
        (campaign.state == Campaign.State.ARCHIVED, "revoked"),
        (ends is not None and now >= ends, "expired"),
        ("paused" in (batch.state, campaign.state), "paused"),
        (code.uses > 0, "used"),
    )
    return next((word for applies, word in reasons if applies), "unused")


def _export(batches: QuerySet[Batch], title: str, act: Act, only_unused: bool) -> Job:
    ready = batches.exclude(job=None).exclude(job__result_file="").order_by("pk")
    counts = list(ready.values_list("pk", "count"))
    if not counts:
        raise VerbRefused(_("There is no finished list of codes yet."))
    plan = [[pk, -(-count // CHUNK)] for pk, count in counts]
    return jobs.start_job(
        KIND,
        title=_("Export codes of %(what)s") % {"what": title},
        total=sum(count for _pk, count in counts),
        chunks=sum(chunks for _pk, chunks in plan),
        act=act,
        plan=plan,
        only_unused=only_unused,
        starts=[0],
    )


def _export_chunk(job: Job, index: int) -> int:
    batch, is_last = _batch_of(job, index)
    start = job.arguments["starts"][index]
    listed, end = job_files.read_lines(export_file(batch), start=start, most=CHUNK)
    lines = _lines(job, batch, listed)
    heading = csv_cells.line(*COLUMNS) if index == 0 else ""
    job_files.store(job_files.part(job, index), heading + "".join(lines))
    starts = [*job.arguments["starts"][: index + 1], 0 if is_last else end]
    _note(job, starts)
    return len(listed)


def _note(job: Job, starts: list[int]) -> None:
    """Write down where the next chunk begins, unless somebody took over and is further on."""
    mine = Job.objects.filter(pk=job.pk, lease=job.lease)
    mine.update(arguments={**job.arguments, "starts": starts})


def _batch_of(job: Job, index: int) -> tuple[Batch, bool]:
    """Return whose codes this chunk exports, and whether it is the last one of that batch."""
    for pk, chunks in job.arguments["plan"]:
        if index < chunks:
            batch = Batch.objects.select_related("campaign").get(pk=pk)
            return batch, index == chunks - 1
        index -= chunks
    raise LookupError(f"job {job.pk} has no chunk {index}")


def _lines(job: Job, batch: Batch, listed: Sequence[str]) -> Iterable[str]:
    now = timezone.now()
    for start in range(0, len(listed), MOST_KEYS):
        job.renew()
        some = {rules.normalise(text): text for text in listed[start : start + MOST_KEYS]}
        found = read_codes(some)
        for normalised, text in some.items():
            code = found.get(normalised)
            is_unused = code is not None and code.uses == 0
            if is_unused or not job.arguments["only_unused"]:
                yield csv_cells.line(*_cells(text, code, batch, now))


def _cells(text: str, code: PromoCode | None, batch: Batch, now: datetime) -> Iterable[Any]:
    campaign = batch.campaign
    return (
        text,
        status_of(code, batch, now),
        campaign.name,
        str(batch),
        _moment(campaign.starts_at),
        _moment(_end(code, campaign)),
        code and code.max_uses,
        code and code.uses,
        code and code.redeemed_by,
        _moment(code.redeemed_at if code else None),
    )


def _end(code: PromoCode | None, campaign: Campaign) -> datetime | None:
    """The code's own end or its campaign's, whichever comes first."""
    ends = (code.expires_at if code else None, campaign.ends_at)
    return min((end for end in ends if end), default=None)


def _moment(at: datetime | None) -> str:
    return timestamp(at) if at else ""


def _finish(job: Job) -> None:
    job_files.finish(job, "codes.csv")
