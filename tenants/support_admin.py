"""The staff page of people who cannot come in: one click sends a one-time link."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.roles import ANSWER_SUPPORT
from backoffice.staff_pages import ReadOnlyAdmin
from backoffice.verbs import Verb
from tenants import support
from tenants.models import SupportRequest
from tenants.staff_verbs import CUSTOMER_TROUBLES

COLOURS = {
    SupportRequest.State.WAITING: "warning",
    SupportRequest.State.SENT: "info",
    SupportRequest.State.DONE: "success",
    SupportRequest.State.DISMISSED: "default",
}


def _is_open(row: SupportRequest) -> bool:
    return row.state in SupportRequest.OPEN


SEND_LINK = Verb(
    name="send-link",
    label=_("Send a one-time link"),
    permission=ANSWER_SUPPORT,
    run=support.send_link,
    effects=[
        _("The person gets a mail with a one-time link to choose a new password."),
        _("The old password and the API keys go on working; nobody is signed out before that."),
        _("The request closes by itself when the password is chosen."),
    ],
    done=ngettext_lazy("%d link is on its way.", "%d links are on their way."),
    icon="forward_to_inbox",
    fits=_is_open,
    troubles=CUSTOMER_TROUBLES,
)
DISMISS = Verb(
    name="dismiss",
    label=_("Dismiss"),
    permission=ANSWER_SUPPORT,
    run=support.dismiss,
    effects=[
        _("No link is sent, and the person is not told. They may ask again."),
        _("A link that was sent before goes on working; resetting the account voids it."),
    ],
    done=ngettext_lazy("%d request is dismissed.", "%d requests are dismissed."),
    icon="do_not_disturb_on",
    fits=_is_open,
    troubles=CUSTOMER_TROUBLES,
)


@admin.register(SupportRequest)
class SupportRequestAdmin(ReadOnlyAdmin):
    list_display = (
        "who",
        "company",
        "state_label",
        "times",
        moment("asked_at", _("Asked")),
        moment("answered_at", _("Answered")),
    )
    list_filter = ("state",)
    list_select_related = ("member__tenant",)
    search_fields = ("member__email",)
    search_help_text = _("Beginning of the address")
    when_empty = _("Nobody has asked for a new password.")
    fields = (
        "who",
        "company",
        "state_label",
        "times",
        moment("created_at", _("First asked")),
        moment("asked_at", _("Asked")),
        moment("answered_at", _("Answered")),
        moment("closed_at", _("Closed")),
    )
    verbs = (SEND_LINK, DISMISS)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        term = search_term.strip().casefold()
        return (queryset.filter(member__email__startswith=term) if term else queryset), False

    def links(self, request: HttpRequest, row: SupportRequest) -> list[Link]:
        tenant = row.member.tenant
        url = reverse("admin:tenants_tenant_change", args=(tenant.pk,))
        return [Link(tenant.company, url), *super().links(request, row)]

    def describe_row(self, row: SupportRequest) -> str:
        return f"{row.member.tenant}, {row.get_state_display()}"

    @column(_("Person"))
    def who(self, row: SupportRequest) -> str:
        return row.member.email

    @column(_("Customer"))
    def company(self, row: SupportRequest) -> str:
        return row.member.tenant.company

    @column(_("State"), colours=COLOURS)
    def state_label(self, row: SupportRequest) -> tuple[str, Any]:
        return row.state, row.get_state_display()
