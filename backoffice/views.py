"""What a job's page shows, again and again while it runs, and the file that it made."""

from pathlib import PurePosixPath
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from backoffice import audit, bulk_results, job_parts, jobs, result_links
from backoffice.audit import Act
from backoffice.models import Job
from backoffice.related import links_of
from backoffice.result_links import LinkExpired, LinkForeign

# A browser follows the redirection at once.
S3_ADDRESS_SECONDS = 60


def about(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Return what the template of a job's progress needs."""
    result = jobs.result_of(job.kind)
    is_done = job.state == Job.State.DONE
    has_file = is_done and bool(job.result_file)
    may_download = has_file and request.user.has_perm(jobs.right_to_file(job))
    return {
        "job": job,
        "sentence": _sentence(job),
        "has_file": has_file,
        "file_is_gone": is_done and not job.result_file and result.kept_for,
        "download": result_links.link_to(job, request.user) if may_download else "",
        "download_label": result.label,
        **bulk_results.about(request, job),
        **job_parts.part_of(request, job),
    }


def progress(request: HttpRequest, job: Job, buttons: list[dict[str, Any]]) -> HttpResponse:
    """The part of the page that is asked for every 2 seconds while the job runs."""
    if not request.user.has_perm("backoffice.view_job"):
        raise PermissionDenied
    shown = {"verb_buttons": buttons, "row_links": links_of(request, job), "is_polled": True}
    return render(request, "backoffice/_job_progress.html", {**about(request, job), **shown})


@require_GET
def download_result(request: HttpRequest, job_id: int, ticket: str) -> HttpResponseBase:
    """Hand out the job's file to whom the link was made for, and write down who took it."""
    if not request.user.has_perm("backoffice.view_job"):
        raise PermissionDenied
    job = get_object_or_404(Job, pk=job_id, state=Job.State.DONE)
    result = jobs.result_of(job.kind)
    if not request.user.has_perm(jobs.right_to_file(job)):
        raise PermissionDenied
    try:
        result_links.check(ticket, job, request.user)
        answer = deliver(job)
    except LinkExpired:
        return _no_file(request, job, 410, _("This link has expired. It works for one hour."))
    except LinkForeign:
        return _no_file(request, job, 403, _("This link was made for somebody else."))
    except FileNotFoundError:
        return _no_file(request, job, 410, _("The file was deleted: it is kept for a few days."))
    act = Act.of(request.user, _("Download"))
    audit.record(act, result.audited_as, job, after={"file": job.result_file})
    return answer


def deliver(job: Job) -> HttpResponseBase:
    """Answer with the job's file; raises FileNotFoundError. Whether to is the caller's to ask.

    From the disk of a laptop in pieces; from S3 by an address that works for a minute.

    A function on Lambda answers with 6 MB at most, and the codes of a large batch are more.
    """
    if not job.result_file:
        raise FileNotFoundError
    name = PurePosixPath(job.result_file)
    name = name.with_stem(f"{name.stem}-{job.pk}")
    try:
        default_storage.path(job.result_file)
    except NotImplementedError:
        return redirect(_s3_address(job.result_file, name.name))
    file = default_storage.open(job.result_file)
    return FileResponse(file, as_attachment=True, filename=name.name)


def _s3_address(file: str, name: str) -> str:
    asked = {
        "ResponseContentDisposition": f'attachment; filename="{name}"',
        "ResponseCacheControl": "no-store",
    }
    storage: Any = default_storage
    return str(storage.url(file, parameters=asked, expire=S3_ADDRESS_SECONDS))


def _no_file(request: HttpRequest, job: Job, status: int, sentence: str) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("No file behind this link"),
        "sentence": sentence,
        "job": job,
        "new_link": result_links.link_to(job, request.user) if job.result_file else "",
    }
    return render(request, "backoffice/no_file.html", context, status=status)


def _sentence(job: Job) -> str:
    if job.is_unfinished and job.error:
        return _("AWS does not answer; it is tried again automatically.")
    sentences = {
        Job.State.WAITING: _("It starts as soon as a worker is free. You can leave this page."),
        Job.State.RUNNING: _("It is being done. You can leave this page."),
        Job.State.DONE: str(jobs.words_when_done(job.kind)),
        Job.State.FAILED: _("It stopped. What was done stays: resume it to do the rest."),
        Job.State.CANCELLED: _("It was cancelled. What was done stays: resume it to do the rest."),
        Job.State.ABANDONED: _("It was given up: what it made was discarded."),
    }
    return sentences[Job.State(job.state)]
