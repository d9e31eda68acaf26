"""The staff page of e-mail domains: whose each is, and who joins by it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from tenants.domains.verbs import DOMAIN_VERBS
from tenants.models import Domain


@admin.register(Domain)
class DomainAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "company",
        "rule_label",
        moment("held_since", _("Since")),
        moment("released_at", _("Released")),
    )
    list_filter = ("rule", "way")
    list_select_related = ("tenant",)
    search_fields = ("name",)
    search_help_text = _("Beginning of the domain")
    when_empty = _("No customer has a domain. Add one on the customer's page.")
    fields = (
        "name",
        "company",
        "rule_label",
        "way",
        "proof",
        moment("looked_at", _("Record looked for")),
        moment("missing_since", _("Record away since")),
        moment("held_since", _("Since")),
        moment("released_at", _("Released")),
        moment("gone_at", _("Out of DynamoDB")),
    )
    verbs = DOMAIN_VERBS

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Domain], search_term: str
    ) -> tuple[QuerySet[Domain], bool]:
        term = search_term.strip().casefold()
        return (queryset.filter(name__startswith=term) if term else queryset), False

    def links(self, request: HttpRequest, row: Domain) -> list[Link]:
        if not request.user.has_perm("tenants.view_tenant"):
            return super().links(request, row)
        url = reverse("admin:tenants_tenant_change", args=(row.tenant_id,))
        return [Link(row.tenant.company, url), *super().links(request, row)]

    def describe_row(self, row: Domain) -> str:
        return str(row.tenant)

    @column(_("Customer"))
    def company(self, row: Domain) -> Any:
        return row.tenant.company

    @column(
        _("A colleague"),
        colours={"never": "default", "ask": "warning", "developer": "info", "read-only": "info"},
    )
    def rule_label(self, row: Domain) -> tuple[str, Any]:
        return row.rule, row.get_rule_display()
