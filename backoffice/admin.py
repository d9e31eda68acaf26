"""Staff pages of the rows that every room shares: jobs, the audit trail, people, locked names."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice import audit_admin, bulk_jobs, jobs, people, views
from backoffice.audit import Act
from backoffice.columns import column, moment
from backoffice.models import AuditEvent, Job
from backoffice.roles import STEER_JOBS
from backoffice.staff_pages import ReadOnlyAdmin
from backoffice.verbs import Verb, VerbRefused

STATE_COLOURS = {
    Job.State.WAITING: "info",
    Job.State.RUNNING: "info",
    Job.State.DONE: "success",
    Job.State.FAILED: "danger",
    Job.State.CANCELLED: "warning",
    Job.State.ABANDONED: "default",
}

STARTED = moment("created_at", _("Started"))


def _cancel(job: Job, act: Act) -> None:
    if not jobs.cancel(job, act):
        raise VerbRefused(_("It is not running, so there is nothing to cancel."))


def _resume(job: Job, act: Act) -> None:
    if not jobs.resume(job, act):
        raise VerbRefused(_("It can be resumed only after it failed or was cancelled."))


RESUME = Verb(
    name="resume",
    label=_("Resume"),
    permission=STEER_JOBS,
    run=_resume,
    effects=[_("The work goes on with the first piece that is not done. Nothing is done twice.")],
    done=ngettext_lazy("%d job will go on.", "%d jobs will go on."),
    icon="play_arrow",
    fits=lambda job: job.can_resume,
)
CANCEL = Verb(
    name="cancel",
    label=_("Cancel job"),
    permission=STEER_JOBS,
    run=_cancel,
    effects=[
        _("The work stops after the piece that is being done now."),
        _("What was done stays. The job can be resumed later."),
    ],
    done=ngettext_lazy("%d job is cancelled.", "%d jobs are cancelled."),
    icon="cancel",
    is_danger=True,
    fits=lambda job: job.is_unfinished,
)


RETRY = Verb(
    name="retry-failed",
    label=_("Try failed rows again"),
    permission=STEER_JOBS,
    run=bulk_jobs.retry_failed,
    effects=[
        _("The rows that failed are done once more, in the name of who asked for the job."),
        _("What was done or refused is left alone."),
    ],
    done=ngettext_lazy("%d job does its failed rows again.", "%d jobs do failed rows again."),
    icon="refresh",
    fits=bulk_jobs.can_retry,
)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = (
        "title",
        "state_label",
        "progress",
        "asked_by",
        moment("created_at", _("Started")),
    )
    list_filter = ("state",)
    list_select_related = ("asked_by",)
    fields = ("title",)
    verbs = (RESUME, RETRY, CANCEL)
    change_form_template = "backoffice/job.html"
    # The buttons are part of what is polled: they change with the state.
    change_form_outer_before_template = None

    def may_use(self, request: HttpRequest, verb: Verb, row: Any) -> bool:
        """Whoever asked for a job may cancel it and have it go on."""
        is_own = row is not None and row.asked_by_id == request.user.pk
        return is_own or super().may_use(request, verb, row)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:job_id>/progress/", wrap(self.progress_view), name="backoffice_job_progress"
            ),
            path(
                "<int:job_id>/result/<str:ticket>/",
                wrap(views.download_result),
                name="backoffice_job_result",
            ),
            *super().get_urls(),
        ]

    def progress_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        job = get_object_or_404(Job.objects.select_related("asked_by"), pk=job_id)
        return views.progress(request, job, self.verb_buttons(request, job))

    def page_context(self, request: HttpRequest, row: Job) -> dict[str, Any]:
        return views.about(request, row)

    @column(_("State"), colours=STATE_COLOURS)
    def state_label(self, job: Job) -> tuple[str, Any]:
        return job.state, job.get_state_display()

    @column(_("Progress"))
    def progress(self, job: Job) -> str:
        bar = '<progress class="gh-cell-progress" max="100" value="{}" aria-label="{}"></progress>'
        return format_html(bar + " {} %", job.percent, job.title, job.percent)


for model in (AccessAttempt, AccessLog, AccessFailureLog):
    admin.site.unregister(model)
admin.site.register(AuditEvent, audit_admin.AuditEventAdmin)
admin.site.register(AccessAttempt, people.LockedNameAdmin)
