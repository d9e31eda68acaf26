"""The pages of imports: choosing a file, and deciding on what the check found."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice import related, result_links
from backoffice.audit import Act
from backoffice.columns import column, moment
from backoffice.models import Job
from backoffice.related import Link
from backoffice.roles import GENERATE_CODES
from backoffice.staff_pages import ReadOnlyAdmin
from campaigns import imports
from campaigns.import_forms import ImportForm
from campaigns.import_verbs import DISCARD, IMPORT
from campaigns.models import Campaign, CodeImport

STATE_COLOURS = {
    CodeImport.State.CHECKING: "info",
    CodeImport.State.CHECKED: "warning",
    CodeImport.State.IMPORTING: "info",
    CodeImport.State.IMPORTED: "success",
    CodeImport.State.DISCARDED: "default",
}


def upload(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The form. What it starts writes no code: that is decided on when the check is done."""
    if not request.user.has_perm(GENERATE_CODES):
        raise PermissionDenied
    campaign = get_object_or_404(
        Campaign.objects.exclude(state=Campaign.State.ARCHIVED), pk=campaign_id
    )
    form = ImportForm(request.POST or None, request.FILES, campaign=campaign)
    if form.is_valid():
        act = Act.of(request.user, form.cleaned_data["reason"])
        row = imports.start_import(campaign, act=act, **form.arguments())
        messages.success(request, gettext("The file is being checked. No code is written yet."))
        return redirect("admin:backoffice_job_change", row.check_job.pk)
    context = {
        **admin.site.each_context(request),
        "title": _("Import codes"),
        "campaign": campaign,
        "form": form,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "backoffice/import_codes.html", context, status=status)


def links_of_campaign(request: HttpRequest, campaign: Campaign) -> list[Link]:
    """Where a campaign's page leads to: its imports, and a new one for who may make codes."""
    found = []
    if request.user.has_perm("campaigns.view_codeimport") and campaign.imports.exists():
        own = reverse("admin:campaigns_codeimport_changelist")
        found.append(Link(gettext("Imports"), f"{own}?campaign__id__exact={campaign.pk}"))
    if request.user.has_perm(GENERATE_CODES) and campaign.state != Campaign.State.ARCHIVED:
        into = reverse("admin:campaigns_codeimport_upload", args=(campaign.pk,))
        found.append(Link(gettext("Import codes"), into))
    return found


def links_of_job(request: HttpRequest, job: Job) -> Iterable[Link]:
    """Where a job's page leads to when it checks or writes an import."""
    row = CodeImport.objects.filter(public_id=job.arguments.get("code_import", "")).first()
    if row and request.user.has_perm("campaigns.view_codeimport"):
        yield Link(gettext("What was found"), _page(row))


def offer_links() -> None:
    related.offer("backoffice.Job", links_of_job)


def _page(row: Model) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=(row.pk,))


class CodeImportAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "campaign",
        "state_label",
        "lines",
        "rejected",
        "uploaded_by",
        moment("created_at", _("Uploaded")),
    )
    list_filter = ("state", "campaign")
    list_select_related = ("campaign", "uploaded_by", "check_job")
    fields = ("file_name",)
    verbs = (IMPORT, DISCARD)
    change_form_template = "backoffice/code_import.html"
    change_form_outer_before_template = None

    def get_urls(self) -> list[Any]:
        door = self.admin_site.admin_view(upload)
        into = path("into/<int:campaign_id>/", door, name="campaigns_codeimport_upload")
        return [into, *super().get_urls()]

    def verb_buttons(self, request: HttpRequest, row: CodeImport) -> list[dict[str, Any]]:
        """The button that imports says how many."""
        words = ngettext("Import the %s valid code", "Import the %s valid codes", row.valid)
        label = words % number_format(row.valid, force_grouping=True)
        return [
            {**button, "verb": replace(button["verb"], label=label)}
            if button["verb"] is IMPORT
            else button
            for button in super().verb_buttons(request, row)
        ]

    def page_context(self, request: HttpRequest, row: CodeImport) -> dict[str, Any]:
        may_read = request.user.has_perm(GENERATE_CODES)
        return {
            "row": row,
            "colour": STATE_COLOURS[CodeImport.State(row.state)],
            "is_checked": row.state not in (CodeImport.State.CHECKING, CodeImport.State.DISCARDED),
            "may_read": may_read,
            "reject_file": result_links.link_to(row.check_job, request.user)
            if may_read and row.rejected and row.check_job.result_file
            else "",
        }

    def links(self, request: HttpRequest, row: CodeImport) -> list[Link]:
        pages = [(row.check_job, gettext("The check")), (row.batch, gettext("The batch"))]
        return [
            Link(label, _page(there))
            for there, label in pages
            if there
            and request.user.has_perm(f"{there._meta.app_label}.view_{there._meta.model_name}")
        ] + super().links(request, row)

    def describe_row(self, row: CodeImport) -> str:
        return gettext("%(valid)s valid, %(rejected)s rejected") % {
            "valid": number_format(row.valid, force_grouping=True),
            "rejected": number_format(row.rejected, force_grouping=True),
        }

    @column(_("State"), colours=STATE_COLOURS)
    def state_label(self, row: CodeImport) -> tuple[str, Any]:
        return row.state, row.get_state_display()
