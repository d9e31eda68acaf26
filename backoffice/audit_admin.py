"""Staff pages of the audit trail: searched by exact words and days, and exported by a job."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.contrib.filters.admin import TextFilter

from backoffice import audit_search
from backoffice.audit_export import Trail, export_trail
from backoffice.audit_search import Wanted
from backoffice.columns import column, moment
from backoffice.job_pages import page_of
from backoffice.models import AuditEvent
from backoffice.roles import READ_TRAIL
from backoffice.staff_pages import ReadOnlyAdmin
from backoffice.verbs import Verb

EXPORT = Verb(
    name="export",
    label=_("Export the audit trail"),
    permission=READ_TRAIL,
    run=export_trail,
    effects=[
        _("A job writes every line that was looked for into a CSV file. Nothing is changed."),
        _("The file names colleagues and customers. It is deleted after 7 days."),
    ],
    done=ngettext_lazy("%d export has begun.", "%d exports have begun."),
    icon="download",
    leads_to=page_of,
)


class SinceFilter(TextFilter):  # type: ignore[misc]
    title = _("first day (2026-11-26)")
    parameter_name = "since"

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> Any:
        return audit_search.since(queryset, self.value() or "")


class UntilFilter(TextFilter):  # type: ignore[misc]
    title = _("last day (2026-11-26)")
    parameter_name = "until"

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> Any:
        return audit_search.until(queryset, self.value() or "")


WHEN = moment("at", _("When"), to="second")


class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("action", "target_name", "actor_name", "reason", WHEN)
    list_filter = (SinceFilter, UntilFilter)
    list_filter_submit = True
    list_before_template = "backoffice/_audit_export.html"
    fields = (
        WHEN,
        "actor_name",
        "action",
        "target",
        "before",
        "after",
        "reason",
        "request_id",
    )
    search_fields = ("target_id",)
    search_help_text = _("Exact action, who did it, id of a row, or id of a request")

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        name = "backoffice_auditevent_export"
        return [path("export/", wrap(self.export_view), name=name), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(READ_TRAIL):
            raise PermissionDenied
        asked = request.GET
        wanted = Wanted(asked.get("q", ""), asked.get("since", ""), asked.get("until", ""))
        back = reverse("admin:backoffice_auditevent_changelist") + f"?{asked.urlencode()}"
        return self.confirm_or_run(request, EXPORT, [Trail(wanted)], back=back)

    def row_url(self, row: Any) -> str:
        if isinstance(row, Trail):
            return reverse("admin:backoffice_auditevent_changelist")
        return super().row_url(row)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        return audit_search.matching(queryset, search_term), False

    @column(_("Row"))
    def target(self, event: AuditEvent) -> str:
        return f"{event.target_name} ({event.target_type} {event.target_id})"
