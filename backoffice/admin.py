"""Staff pages of the rows that every room shares: jobs, the audit trail, people, locked names."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice import jobs, people, views
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
    verbs = (RESUME, CANCEL)
    change_form_template = "backoffice/job.html"
    # The buttons are part of what is polled: they change with the state.
    change_form_outer_before_template = None

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


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("action", "target_name", "actor_name", "reason", moment("at", _("When")))
    fields = (
        moment("at", _("When")),
        "actor_name",
        "action",
        "target",
        "before",
        "after",
        "reason",
        "request_id",
    )
    search_fields = ("target_id",)
    search_help_text = _("Id of a row, exact action, or name of a colleague")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Exact matches on indexed columns: the trail only ever grows."""
        term = search_term.strip()
        if not term:
            return queryset, False
        who = Q(actor__username=term)
        return queryset.filter(Q(target_id=term) | Q(action=term) | who), False

    @column(_("Row"))
    def target(self, event: AuditEvent) -> str:
        return f"{event.target_name} ({event.target_type} {event.target_id})"


for model in (AccessAttempt, AccessLog, AccessFailureLog):
    admin.site.unregister(model)
admin.site.register(AccessAttempt, people.LockedNameAdmin)
