"""The staff page of people: how each one's sign-in stands, and what leads out of it."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from tenants import login_words
from tenants.login_verbs import LOGIN_VERBS
from tenants.login_words import LoginStanding
from tenants.models import Member, Message, OneTimeLink
from tenants.privacy.verbs import PERSON_VERBS

COLOURS = {name: name for name in ("success", "info", "warning", "danger", "default")}


class TroubleFilter(admin.SimpleListFilter):
    """Cognito's dead ends by their words: Django would read the whole table for its own."""

    title = _("sign-in")
    parameter_name = "sign_in"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(status, each.word) for status, each in login_words.TROUBLES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in login_words.TROUBLES:
            return queryset
        return queryset.filter(login_status=self.value(), left_at=None)


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    list_display = ("email", "company", "role_label", "sign_in", moment("created_at", _("Since")))
    list_filter = ("role", TroubleFilter)
    list_filter_submit = True
    list_select_related = ("tenant",)
    search_fields = ("email",)
    search_help_text = _("Beginning of the e-mail address, or Cognito's id")
    when_empty = _("Nobody has signed up yet.")
    fields = (
        "email",
        "full_name",
        "company",
        "role_label",
        "sign_in",
        "next_step",
        "authenticator",
        moment("password_set_at", _("Password chosen")),
        moment("disabled_at", _("Disabled")),
        "disabled_why",
        moment("sessions_end_wanted_at", _("Signed out by staff")),
        "cognito_id",
        moment("login_seen_at", _("Heard from Cognito")),
        moment("created_at", _("Since")),
        moment("left_at", _("Left")),
    )
    verbs = (*LOGIN_VERBS, *PERSON_VERBS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        unsent = Message.objects.exclude(state=Message.State.SENT)
        rows: QuerySet[Member] = super().get_queryset(request)
        return rows.select_related("tenant").prefetch_related(
            Prefetch("links", OneTimeLink.objects.all()), Prefetch("message_set", unsent)
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        term = search_term.strip().casefold()
        if not term:
            return queryset, False
        is_id = len(term) == 36 and "@" not in term
        return queryset.filter(**{"user_id" if is_id else "email__startswith": term}), False

    def links(self, request: HttpRequest, row: Member) -> list[Link]:
        customer = reverse("admin:tenants_tenant_change", args=(row.tenant_id,))
        return [Link(row.tenant.company, customer), *super().links(request, row)]

    def describe_row(self, row: Member) -> str:
        return f"{row.tenant}, {_standing_of(row).word}"

    @column(_("Customer"))
    def company(self, row: Member) -> str:
        return row.tenant.company

    @column(_("Role"))
    def role_label(self, row: Member) -> str:
        return str(row.get_role_display())

    @column(_("Sign-in"), colours=COLOURS)
    def sign_in(self, row: Member) -> tuple[str, Any]:
        standing = _standing_of(row)
        return standing.colour, standing.word

    @column(_("Next step"))
    def next_step(self, row: Member) -> str | None:
        return str(_standing_of(row).next_step) or None

    @column(_("Authenticator app"))
    def authenticator(self, row: Member) -> str:
        return str(_("Asked for") if row.login_has_app else _("None"))

    @column(_("Cognito's id"))
    def cognito_id(self, row: Member) -> str | None:
        return row.user_id or None


def _standing_of(row: Member) -> LoginStanding:
    return login_words.standing_of(
        row,
        list(row.links.all()),
        list(row.message_set.all()),
        timezone.now(),
        is_suspended=row.tenant.is_suspended,
    )
