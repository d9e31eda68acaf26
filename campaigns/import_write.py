"""Importing what the check found good: a job that makes a batch of it.

INSERT leaves alone what is there, so a chunk that is delivered twice changes nothing; a code that
came into existence since the check is added to the rejected lines.
"""

from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone

from adapters import gates, promo_codes
from adapters.code_reading import read_codes
from adapters.promo_codes import PromoCode
from backoffice import job_files, jobs
from backoffice.jobs import Work
from backoffice.models import Job
from campaigns import import_files, import_lines
from campaigns.generation import STRIDE, export_file
from campaigns.import_check import there_already
from campaigns.import_files import FINALLY_REJECTED, REJECTED, VALID, piece
from campaigns.import_lines import Line
from campaigns.models import Batch, CodeImport

KIND = "import-codes"


def register() -> None:
    jobs.register(KIND, Work(chunk=_write_chunk, finish=_finish))


def _write_chunk(job: Job, index: int) -> int:
    row, batch = _rows(job)
    lines = import_files.load_lines(piece(row, VALID, index))
    late = list(_late(job, batch, lines))
    job.renew()
    refused = {line.code for line in late}
    listed = "".join(f"{line.shown}\n" for line in lines if line.code not in refused)
    job_files.store(_part(batch, index), listed)
    import_files.store_rejected(
        piece(row, FINALLY_REJECTED, index), late, after=piece(row, REJECTED, index)
    )
    return len(lines)


def _rows(job: Job) -> tuple[CodeImport, Batch]:
    rows = CodeImport.objects.select_related("check_job")
    row = rows.get(public_id=job.arguments["code_import"])
    return row, Batch.objects.select_related("campaign").get(imported_by=row)


def _late(job: Job, batch: Batch, lines: list[Line]) -> Iterable[Line]:
    """Write the codes, and yield the lines that ceased to be good since the check."""
    prefixes = gates.read_prefixes()
    for start in range(0, len(lines), STRIDE):
        job.renew()
        some = lines[start : start + STRIDE]
        trouble = {line.code: import_lines.imitation(line.code, prefixes) for line in some}
        good = [line for line in some if not trouble[line.code]]
        trouble |= dict.fromkeys(_taken(batch, good), there_already())
        for line in some:
            if trouble[line.code]:
                yield replace(line, trouble=trouble[line.code])


def _taken(batch: Batch, lines: list[Line]) -> Iterable[str]:
    """Write the codes; return those that another batch has. Ours were written before."""
    refused = promo_codes.insert_codes([_new_code(batch, line) for line in lines])
    there = read_codes((code.code for code in refused), consistent=True)
    return [code for code, found in there.items() if found.batch != batch.public_id]


def _new_code(batch: Batch, line: Line) -> PromoCode:
    return PromoCode(
        code=line.code,
        campaign=batch.campaign.public_id,
        batch=batch.public_id,
        max_uses=line.max_uses,
        created_at=batch.created_at,
        expires_at=line.expires_at,
    )


def _finish(job: Job) -> None:
    """Join the parts, correct the counts, and only then call the batch ready."""
    row, batch = _rows(job)
    parts = [_part(batch, number) for number in import_files.pieces_of(row)]
    if row.state == CodeImport.State.IMPORTING:
        job_files.join(job, parts, export_file(batch))
        _settle(job, row, batch)
    job_files.delete(job, parts)


def _settle(job: Job, row: CodeImport, batch: Batch) -> None:
    rejected, first = import_files.count_rejected(job, row, FINALLY_REJECTED)
    if rejected > row.rejected:
        name = import_files.write_reject_file(job, row, FINALLY_REJECTED)
        until = jobs.files_until(row.check_job.kind)
        Job.objects.filter(pk=row.check_job.pk).update(result_file=name, files_until=until)
    Job.objects.filter(pk=job.pk).update(result_file=export_file(batch))
    Batch.objects.filter(pk=batch.pk).update(count=row.lines - rejected)
    Batch.objects.filter(pk=batch.pk, state=Batch.State.PREPARING).update(state=Batch.State.READY)
    # Last: a death before it repeats all of this.
    CodeImport.objects.filter(pk=row.pk).update(
        state=CodeImport.State.IMPORTED,
        rejected=rejected,
        first_rejected=first,
        files_until=timezone.now() + job_files.KEPT,
    )


def _part(batch: Batch, number: int) -> str:
    return f"batches/{batch.public_id}/parts/{number:06d}"
