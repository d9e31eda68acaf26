"""The staff page of people who asked to be erased."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from tenants.models import ErasureRequest
from tenants.privacy.verbs import PERSON_VERBS


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnlyAdmin):
    list_display = ("who", "company", moment("asked_at", _("Asked")))
    list_select_related = ("member__tenant",)
    search_fields = ("member__email",)
    search_help_text = _("Beginning of the e-mail address")
    when_empty = _("Nobody waits to be erased.")
    fields = ("who", "company", moment("asked_at", _("Asked")))
    # The erasure takes the row away; whoever thinks again withdraws it on their own page.
    verbs = PERSON_VERBS

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ErasureRequest], search_term: str
    ) -> tuple[QuerySet[ErasureRequest], bool]:
        term = search_term.strip().casefold()
        return (queryset.filter(member__email__startswith=term) if term else queryset), False

    def links(self, request: HttpRequest, row: ErasureRequest) -> list[Link]:
        tenant = row.member.tenant
        url = reverse("admin:tenants_tenant_change", args=(tenant.pk,))
        return [Link(tenant.company, url), *super().links(request, row)]

    def describe_row(self, row: ErasureRequest) -> str:
        return str(row.member.tenant)

    @column(_("Person"))
    def who(self, row: ErasureRequest) -> Any:
        return row.member.email

    @column(_("Customer"))
    def company(self, row: ErasureRequest) -> Any:
        return row.member.tenant.company
