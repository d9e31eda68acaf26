"""The staff page of grants: what each customer may use, from when to when, and why."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from tenants.grant_verbs import END_GRANT, is_over
from tenants.models import Grant

WORDS = {"over": _("Over"), "to_come": _("To come"), "counts": _("Counts")}
COLOURS = {"over": "default", "to_come": "info", "counts": "success"}

STARTS = moment("starts_at", _("From"))
ENDS = moment("ends_at", _("Until"))


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    list_display = ("customer", "tier", "source_label", "state_label", STARTS, ENDS)
    list_filter = ("source", "tier")
    list_filter_submit = True
    list_select_related = ("tenant",)
    search_fields = ("tenant__id",)
    search_help_text = _("Id of a customer, or whole id of an agreement")
    when_empty = _("Nobody was given anything yet.")
    fields = (
        "customer",
        "tier",
        "source_label",
        "campaign",
        "agreement",
        "why",
        "state_label",
        STARTS,
        ENDS,
        moment("ended_at", _("Ended")),
        moment("created_at", _("Given")),
    )
    verbs = (END_GRANT,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Grant], search_term: str
    ) -> tuple[QuerySet[Grant], bool]:
        term = search_term.strip()
        found = Q(tenant=term) | Q(agreement=term) if term else Q()
        return queryset.filter(found), False

    def links(self, request: HttpRequest, row: Grant) -> list[Link]:
        customer = reverse("admin:tenants_tenant_change", args=(row.tenant_id,))
        return [Link(row.tenant.company, customer), *super().links(request, row)]

    def describe_row(self, row: Grant) -> str:
        return f"{row.tenant}, {self.state_label(row)[1]}"

    @column(_("Customer"))
    def customer(self, row: Grant) -> str:
        return row.tenant.company

    @column(_("Given by"))
    def source_label(self, row: Grant) -> str:
        return str(row.get_source_display())

    @column(_("State"), colours=COLOURS)
    def state_label(self, row: Grant) -> tuple[str, Any]:
        state = "over" if is_over(row) else "counts"
        if state == "counts" and row.starts_at > timezone.now():
            state = "to_come"
        return state, WORDS[state]
