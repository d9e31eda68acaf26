"""What a job's page shows, again and again while it runs, and the file that it made."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from backoffice import audit
from backoffice.audit import Act
from backoffice.models import Job
from backoffice.roles import EXPORT_CODES


def about(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Return what the template of a job's progress needs."""
    has_file = bool(job.result_file) and job.state == Job.State.DONE
    return {
        "job": job,
        "sentence": _sentence(job),
        "has_file": has_file,
        "may_download": has_file and request.user.has_perm(EXPORT_CODES),
    }


def progress(request: HttpRequest, job: Job, buttons: list[dict[str, Any]]) -> HttpResponse:
    """The part of the page that is asked for every 2 seconds while the job runs."""
    if not request.user.has_perm("backoffice.view_job"):
        raise PermissionDenied
    context = {**about(request, job), "verb_buttons": buttons, "is_polled": True}
    return render(request, "backoffice/_job_progress.html", context)


@require_GET
def download_result(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Hand out the job's file, and write down who took it."""
    if not request.user.has_perms(("backoffice.view_job", EXPORT_CODES)):
        raise PermissionDenied
    job = get_object_or_404(Job, pk=job_id, state=Job.State.DONE)
    if not job.result_file:
        raise Http404
    answer = _delivered(job)
    after = {"file": job.result_file}
    audit.record(Act.of(request.user, _("Download")), "download codes", job, after=after)
    return answer


def _delivered(job: Job) -> HttpResponseBase:
    """From the disk of a laptop; from S3 by an address that works for five minutes."""
    try:
        default_storage.path(job.result_file)
    except NotImplementedError:
        return redirect(default_storage.url(job.result_file))
    try:
        codes = default_storage.open(job.result_file)
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(codes, as_attachment=True, filename=f"codes-{job.pk}.csv")


def _sentence(job: Job) -> str:
    if job.is_unfinished and job.error:
        return _("AWS does not answer; it is tried again automatically.")
    sentences = {
        Job.State.WAITING: _("It starts as soon as a worker is free. You can leave this page."),
        Job.State.RUNNING: _("It is being done. You can leave this page."),
        Job.State.DONE: _("Everything is done."),
        Job.State.FAILED: _("It stopped. What was done stays: resume it to do the rest."),
        Job.State.CANCELLED: _("It was cancelled. What was done stays: resume it to do the rest."),
        Job.State.ABANDONED: _("It was given up: what it made was discarded."),
    }
    return sentences[Job.State(job.state)]
