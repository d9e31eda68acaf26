"""What an import is read into: pieces of a thousand lines, one step of the way after the other.

Lines that may be imported are JSON, one a line; rejected ones are lines of the file that staff get.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from adapters.clock import moment, timestamp
from backoffice import csv_cells, job_files
from backoffice.models import Job
from campaigns.import_lines import Line
from campaigns.models import CodeImport

PIECE = 1000
SHOWN = 20

# What could be read and what could not; what is good after the check; what was rejected until then,
# and until the end.
READ, UNREADABLE, VALID, REJECTED, FINALLY_REJECTED = STEPS = (
    "read",
    "unreadable",
    "valid",
    "rejected",
    "finally-rejected",
)


def upload(row: CodeImport) -> str:
    """Where the file is until it is read. S3 deletes what is in exports/ after a week."""
    return f"exports/uploads/{row.public_id}"


def piece(row: CodeImport, step: str, number: int) -> str:
    return f"imports/{row.public_id}/{step}/{number:06d}"


def reject_file(row: CodeImport) -> str:
    return f"imports/{row.public_id}/rejected.csv"


def pieces_of(row: CodeImport) -> range:
    return range(-(-row.lines // PIECE))


def all_names(row: CodeImport) -> Iterator[str]:
    """Every file there may be, but for the one that staff get: that is its job's."""
    yield upload(row)
    yield _heading(row)
    for step in STEPS:
        for number in pieces_of(row):
            yield piece(row, step, number)


def store_lines(name: str, lines: Iterable[Line]) -> None:
    job_files.store(name, "".join(f"{_packed(line)}\n" for line in lines))


def load_lines(name: str) -> list[Line]:
    return [_unpacked(text) for text in job_files.read_text(name).splitlines()]


def store_rejected(name: str, lines: Iterable[Line], *, after: str = "") -> None:
    """Write rejected lines in their order, together with those of the step before."""
    texts = [(line.number, csv_cells.line(line.number, line.given, line.trouble)) for line in lines]
    if after:
        # Not splitlines: a cell may hold marks that it takes for the end of a line.
        earlier = job_files.read_text(after).split("\n")[:-1]
        texts += [(int(text.partition(",")[0]), f"{text}\n") for text in earlier]
    job_files.store(name, "".join(text for _number, text in sorted(texts)))


def count_rejected(job: Job, row: CodeImport, step: str) -> tuple[int, list[list[str]]]:
    """Return how many there are, and the cells of the first ones."""
    count, first = 0, list[list[str]]()
    for number in pieces_of(row):
        job.renew()
        text = job_files.read_text(piece(row, step, number))
        count += text.count("\n")
        first += list(csv.reader(io.StringIO(text)))[: SHOWN - len(first)]
    return count, first


def write_reject_file(job: Job, row: CodeImport, step: str) -> str:
    """Write the file that staff get, and return its name."""
    job_files.store(_heading(row), csv_cells.line("line", "text", "reason"))
    pieces = [piece(row, step, number) for number in pieces_of(row)]
    job_files.join(job, [_heading(row), *pieces], reject_file(row))
    return reject_file(row)


def _heading(row: CodeImport) -> str:
    return f"imports/{row.public_id}/heading"


def _packed(line: Line) -> str:
    end = line.expires_at and timestamp(line.expires_at)
    return json.dumps([line.number, line.given, line.code, line.shown, line.max_uses, end])


def _unpacked(text: str) -> Line:
    number, given, code, shown, max_uses, end = json.loads(text)
    return Line(
        number=number,
        given=given,
        code=code,
        shown=shown,
        max_uses=max_uses,
        expires_at=moment(end) if end else None,
    )
