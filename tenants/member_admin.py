"""The staff page of people: of whichever customer, and of those who left."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from tenants.models import Member
from tenants.privacy.verbs import PERSON_VERBS


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    list_display = ("email", "full_name", "company", "role", moment("left_at", _("Left")))
    list_filter = ("role",)
    list_select_related = ("tenant",)
    ordering = ("-id",)
    search_fields = ("email",)
    search_help_text = _("Beginning of the e-mail address")
    when_empty = _("There are no people yet.")
    fields = (
        "email",
        "full_name",
        "company",
        "role",
        moment("created_at", _("Since")),
        moment("terms_accepted_at", _("Terms accepted")),
        moment("password_set_at", _("Password chosen")),
        moment("left_at", _("Left")),
        moment("login_gone_at", _("Login deleted")),
    )
    verbs = PERSON_VERBS

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        term = search_term.strip().casefold()
        return (queryset.filter(email__startswith=term) if term else queryset), False

    def links(self, request: HttpRequest, row: Member) -> list[Link]:
        url = reverse("admin:tenants_tenant_change", args=(row.tenant_id,))
        mine = (
            [Link(row.tenant.company, url)] if request.user.has_perm("tenants.view_tenant") else []
        )
        return [*mine, *super().links(request, row)]

    def describe_row(self, row: Member) -> str:
        return f"{row.tenant}, {row.get_role_display()}"

    @column(_("Customer"))
    def company(self, row: Member) -> Any:
        return row.tenant.company
