"""The staff page of API keys: found by what recognises them, ended with one verb."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from tenants import key_facts
from tenants.key_verbs import KEY_VERBS
from tenants.models import ApiKey


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = (
        "masked",
        "customer",
        "state_label",
        moment("created_at", _("Made")),
        moment("ends_at", _("Ends")),
    )
    list_filter = ("state", "ended_as")
    list_filter_submit = True
    list_select_related = ("tenant",)
    search_fields = ("last4",)
    search_help_text = _("Last 4 characters, or API Gateway's id. Never paste a whole key here.")
    fields = (
        "masked",
        "customer",
        "state_label",
        "why",
        "key_id",
        "asked_by",
        moment("created_at", _("Made")),
        moment("shown_at", _("Shown")),
        moment("ends_at", _("Ends")),
        moment("withdrawn_at", _("Deleted")),
    )
    verbs = KEY_VERBS

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ApiKey], search_term: str
    ) -> tuple[QuerySet[ApiKey], bool]:
        term = search_term.strip()
        return (queryset.filter(Q(last4=term[-4:]) | Q(key_id=term)) if term else queryset), False

    def links(self, request: HttpRequest, row: ApiKey) -> list[Link]:
        customer = reverse("admin:tenants_tenant_change", args=(row.tenant_id,))
        return [Link(row.tenant.company, customer), *super().links(request, row)]

    def describe_row(self, row: ApiKey) -> str:
        return f"{row.tenant}, {row.get_state_display()}"

    @column(_("Customer"))
    def customer(self, row: ApiKey) -> str:
        return row.tenant.company

    @column(_("Key"))
    def masked(self, row: ApiKey) -> str:
        return str(row)

    @column(_("State"), colours=key_facts.COLOURS)
    def state_label(self, row: ApiKey) -> tuple[str, Any]:
        return row.state, row.get_state_display()

    @column(_("Why it ended"))
    def why(self, row: ApiKey) -> str | None:
        return row.get_ended_as_display() or None
