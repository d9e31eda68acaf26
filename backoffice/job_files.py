"""The files of jobs: written in parts, joined at the end, deleted when their time is over.

A part is written once more by a chunk that is delivered once more, so a repeated chunk changes
nothing. Nothing here holds a whole file in memory.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from tempfile import TemporaryFile
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils import timezone

from adapters import stored_files
from adapters.aws import speaking_to
from adapters.errors import NotThere
from backoffice.leases import LeaseLost
from backoffice.models import Job

# infra/stages/*.tfvars has S3 delete after as many days what a sweep did not find.
KEPT = timedelta(days=7)
PIECE = 64 * 1024
MOST_AT_ONCE = 20
LINES_BETWEEN_RENEWALS = 1000


def folder(job: Job) -> str:
    return f"exports/{job.pk}"


def part(job: Job, index: int) -> str:
    return f"{folder(job)}/parts/{index:06d}"


def store(name: str, text: str) -> None:
    with speaking_to_storage():
        default_storage.save(name, ContentFile(text.encode()))


def read_text(name: str) -> str:
    """Return a small file as a whole."""
    with speaking_to_storage(), default_storage.open(name) as file:
        return str(file.read().decode())


def read_lines(name: str, *, start: int, most: int) -> tuple[list[str], int]:
    """Return lines from a byte on, and the byte at which the next line begins."""
    read = b""
    while read.count(b"\n") < most:
        piece = _read(name, start + len(read))
        read += piece
        if len(piece) < PIECE:
            break
    lines = read.split(b"\n")[:-1][:most]
    return [line.decode() for line in lines], start + sum(len(line) + 1 for line in lines)


def join(job: Job, parts: Iterable[str], name: str) -> None:
    """Make one file of the parts."""
    with TemporaryFile() as whole, speaking_to_storage():
        for each in parts:
            job.renew()
            with default_storage.open(each) as lines:
                for piece in lines.chunks():
                    whole.write(piece)
        whole.seek(0)
        default_storage.save(name, File(whole))


def finish(job: Job, file: str) -> None:
    """Make the job's result of the parts that its chunks have stored. Safe to repeat."""
    name = f"{folder(job)}/{file}"
    parts = [part(job, index) for index in range(job.chunks)]
    if not Job.objects.filter(pk=job.pk, result_file=name).exists():
        join(job, parts, name)
        Job.objects.filter(pk=job.pk).update(result_file=name)
    delete(job, parts)


def finish_with(job: Job, lines: Iterable[str], file: str) -> None:
    """Make the job's result of lines, in place of one that it had. Safe to repeat."""
    name = f"{folder(job)}/{file}"
    with TemporaryFile() as whole:
        for number, line in enumerate(lines):
            if number % LINES_BETWEEN_RENEWALS == 0:
                job.renew()
            whole.write(line.encode())
        whole.seek(0)
        with speaking_to_storage():
            default_storage.save(name, File(whole))
    Job.objects.filter(pk=job.pk).update(result_file=name)


def delete(job: Job, names: Iterable[str]) -> None:
    """Delete files; those that are gone already do not matter."""
    for name in names:
        job.renew()
        with speaking_to("s3"):
            default_storage.delete(name)


def delete_old() -> int:
    """Delete the files of jobs whose time is over, and say of how many. The sweep calls it.

    A job that stopped half-way and is resumed after that begins anew.
    """
    over = {"files_until__lte": timezone.now()}
    stopped = {"state__in": (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)}
    old = Job.objects.filter(Job.free(), **over, **stopped)[:MOST_AT_ONCE]
    return sum(_delete_files(job) for job in old if job.claim(**over, **stopped))


@contextmanager
def speaking_to_storage() -> Iterator[None]:
    """Translate what a laptop's disk and S3 raise into the words of adapters.errors."""
    try:
        with speaking_to("s3"):
            yield
    except FileNotFoundError as error:
        raise NotThere("The file is not there any more.") from error


def _delete_files(job: Job) -> bool:
    is_half_done = job.state != Job.State.DONE
    parts = [part(job, index) for index in range(job.chunks)] if is_half_done else []
    try:
        delete(job, [*parts, *filter(None, [job.result_file])])
    except LeaseLost:
        return False
    anew: dict[str, Any] = {"next_chunk": 0, "done": 0} if is_half_done else {}
    return job.give_back(files_until=None, result_file="", **anew)


def _read(name: str, start: int) -> bytes:
    """Return the next piece, from a disk or from S3, without reading what is before it."""
    with speaking_to_storage():
        try:
            path = default_storage.path(name)
        except NotImplementedError:
            bucket = default_storage.bucket_name  # type: ignore[attr-defined]
            return stored_files.read_range(bucket, name, start=start, most=PIECE)
        with open(path, "rb") as file:
            file.seek(start)
            return file.read(PIECE)
