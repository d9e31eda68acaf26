"""Everything about a person, or about a customer and its people, as a ZIP file of JSON: a job.

A chunk writes one file of the export, which may be repeated; the end joins them.
"""

from collections.abc import Iterable
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import audit, job_files, jobs
from backoffice.audit import Act
from backoffice.jobs import Result, Work
from backoffice.models import Job
from backoffice.roles import EXPORT_PERSON
from tenants.errors import NotPossible
from tenants.models import Tenant
from tenants.privacy import contents
from tenants.privacy.contents import Row, Whose
from tenants.privacy.persons import is_known, person_of

KIND = "export-person"
RENEW_EVERY = 500
_README = "README.txt"


def register() -> None:
    result = Result(
        right=EXPORT_PERSON,
        label=gettext_lazy("Download the data"),
        audited_as="download personal data",
        kept_for=job_files.KEPT,
    )
    jobs.register(KIND, Work(chunk=_write_file, finish=_finish, result=result))


@transaction.atomic
def export_person(email: str, act: Act, *, for_member: int | None = None) -> Job:
    """Start the export of all that is kept about whoever has this address.

    `for_member` names the person who asked for their own. Raises NotPossible if nothing is known.
    """
    person = person_of(email)
    if not is_known(person):
        raise NotPossible(_("Nothing is kept about anybody with this address."))
    for tenant in Tenant.objects.filter(pk__in=person.tenants):
        audit.record(act, "export person", tenant, after={"email": person.identity})
    title = _("Everything about a person")
    return _start(title, act, {"email": person.identity, "for_member": for_member})


@transaction.atomic
def export_tenant(tenant: Tenant, act: Act) -> Job:
    """Start the export of all that is kept about a customer and all of its people."""
    audit.record(act, "export customer", tenant)
    title = _("Everything about %(customer)s") % {"customer": tenant}
    return _start(title, act, {"tenant": tenant.pk})


def whose_of(job: Job) -> Whose:
    if "tenant" in job.arguments:
        return contents.of_tenant(job.arguments["tenant"])
    return contents.of_person(person_of(job.arguments["email"]))


def _start(title: str, act: Act, whose: dict[str, Any]) -> Job:
    names = list(contents.files())
    return jobs.start_job(
        KIND, title=title[:200], total=len(names), chunks=len(names), act=act, files=names, **whose
    )


def _write_file(job: Job, index: int) -> int:
    """A file that another version of the program knew is left out."""
    write = contents.files().get(job.arguments["files"][index])
    rows = write(whose_of(job)) if write else iter(())
    with TemporaryFile() as file, job_files.speaking_to_storage():
        _write_rows(job, rows, file)
        file.seek(0)
        default_storage.save(job_files.part(job, index), File(file))
    return 1


def _write_rows(job: Job, rows: Iterable[Row], file: IO[bytes]) -> None:
    encoder = DjangoJSONEncoder(ensure_ascii=False, indent=1)
    before = "["
    for number, row in enumerate(rows):
        if number % RENEW_EVERY == 0:
            job.renew()
        file.write(f"{before}\n{encoder.encode(row)}".encode())
        before = ","
    file.write(b"[]" if before == "[" else b"\n]\n")


def _finish(job: Job) -> None:
    """Join what there is: files without a row are left out. Safe to repeat."""
    name = f"{job_files.folder(job)}/personal-data.zip"
    names = job.arguments["files"]
    parts = {job_files.part(job, index): each for index, each in enumerate(names)}
    if not Job.objects.filter(pk=job.pk, result_file=name).exists():
        _zip(job, parts, name)
        Job.objects.filter(pk=job.pk).update(result_file=name)
    job_files.delete(job, parts)


def _zip(job: Job, parts: dict[str, str], name: str) -> None:
    with TemporaryFile() as whole, job_files.speaking_to_storage():
        with ZipFile(whole, "w", ZIP_DEFLATED) as archive:
            archive.writestr(_README, _about(job))
            for part, inside in parts.items():
                job.renew()
                _add(archive, part, inside)
        whole.seek(0)
        default_storage.save(name, File(whole))


def _add(archive: ZipFile, part: str, inside: str) -> None:
    with default_storage.open(part) as rows:
        if rows.size <= len(b"[]"):
            return
        with archive.open(inside, "w", force_zip64=True) as target:
            for piece in rows.chunks():
                target.write(piece)


def _about(job: Job) -> str:
    """What a reader who has never heard of us needs to know."""
    at = f"{timezone.now():%Y-%m-%d %H:%M} UTC"
    lines = [
        _("Everything that was kept here, as of %(at)s, about:") % {"at": at},
        "  " + (job.arguments.get("email") or job.title),
        "",
        _("rows/ holds the rows of the database, one file for each table that has some."),
        _("dynamodb/ holds what decides on each call of the API, redeemed codes and usage."),
        _("cognito/ holds the sign-in. Files are JSON in UTF-8; times are in UTC."),
        "",
        _("Left out are secrets: passwords, API keys and links are kept by nobody, and their"),
        _("fingerprints are of no use to you. Server logs end by themselves, on a date."),
    ]
    return "\n".join(lines) + "\n"
