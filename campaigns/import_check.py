"""The dry run of an import: a job that finds every line that cannot be imported, and why.

Its first chunk reads the whole file, because a code may repeat one from any line before; each of
the others asks DynamoDB about a thousand codes. Nothing is written but files.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters import gates
from adapters.code_reading import read_codes
from adapters.errors import Refused
from backoffice import job_files, jobs
from backoffice.jobs import Result, Work
from backoffice.models import Job
from backoffice.roles import GENERATE_CODES
from campaigns import import_files, import_lines
from campaigns.import_files import READ, REJECTED, UNREADABLE, VALID, piece
from campaigns.import_lines import Line
from campaigns.models import CodeImport

KIND = "check-codes"
RESULT = Result(
    right=GENERATE_CODES,
    label=gettext_lazy("Download the rejected lines"),
    audited_as="download rejected lines",
    kept_for=job_files.KEPT,
)


def register() -> None:
    done = gettext_lazy("Every line is checked, and no code is written. See what was found.")
    jobs.register(KIND, Work(chunk=_check_chunk, finish=_finish, result=RESULT, done=done))


def _check_chunk(job: Job, index: int) -> int:
    row = _row(job)
    return _read_all(job, row) if index == 0 else _check_piece(job, row, index - 1)


def _row(job: Job) -> CodeImport:
    row = CodeImport.objects.get(public_id=job.arguments["code_import"])
    if row.state == CodeImport.State.DISCARDED:
        raise Refused(_("The import was discarded."))
    return row


def _read_all(job: Job, row: CodeImport) -> int:
    text = job_files.read_text(import_files.upload(row))
    found = import_lines.read_lines(
        text, max_uses=row.max_uses, now=timezone.now(), prefixes=gates.read_prefixes()
    )
    for number, lines in enumerate(_thousands(found)):
        job.renew()
        good = [line for line in lines if not line.trouble]
        import_files.store_lines(piece(row, READ, number), good)
        bad = [line for line in lines if line.trouble]
        import_files.store_rejected(piece(row, UNREADABLE, number), bad)
    return 0


def _thousands(lines: Iterator[Line]) -> Iterator[list[Line]]:
    return iter(lambda: list(islice(lines, import_files.PIECE)), [])


def _check_piece(job: Job, row: CodeImport, number: int) -> int:
    lines = import_files.load_lines(piece(row, READ, number))
    job.renew()
    there = read_codes((line.code for line in lines), consistent=True)
    import_files.store_lines(
        piece(row, VALID, number), [line for line in lines if line.code not in there]
    )
    taken = [replace(line, trouble=there_already()) for line in lines if line.code in there]
    import_files.store_rejected(
        piece(row, REJECTED, number), taken, after=piece(row, UNREADABLE, number)
    )
    return min(import_files.PIECE, row.lines - number * import_files.PIECE)


def there_already() -> str:
    return _("The code exists already.")


def _finish(job: Job) -> None:
    row = _row(job)
    name = import_files.write_reject_file(job, row, REJECTED)
    rejected, first = import_files.count_rejected(job, row, REJECTED)
    Job.objects.filter(pk=job.pk).update(result_file=name)
    CodeImport.objects.filter(pk=row.pk, state=CodeImport.State.CHECKING).update(
        state=CodeImport.State.CHECKED, rejected=rejected, first_rejected=first
    )
    job_files.delete(job, [import_files.upload(row)])
