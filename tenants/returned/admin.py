"""The staff page of addresses that are held back: why, and the way back."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy
from unfold.widgets import UnfoldBooleanWidget

from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.roles import RELEASE_ADDRESS
from backoffice.staff_pages import ReadOnlyAdmin
from backoffice.verbs import TROUBLES, Verb, VerbForm
from tenants.errors import NotPossible
from tenants.models import Member, SuppressedAddress
from tenants.returned import suppression, wording

COLOURS = {"waiting": "danger", "seen": "warning", "released": "success"}


class ReleaseForm(VerbForm):
    sends_held = forms.BooleanField(
        label=_("Also send the mails that were held back"),
        required=False,
        initial=True,
        widget=UnfoldBooleanWidget,
        help_text=_("Those of the last 14 days; links in them are new."),
    )


def _held(rows: Sequence[SuppressedAddress]) -> Iterable[str]:
    for row in rows:
        count = suppression.held_mails(row.address).count()
        if not count:
            continue
        words = ngettext(
            "%(count)d mail to %(address)s is held back.",
            "%(count)d mails to %(address)s are held back.",
            count,
        )
        yield words % {"count": count, "address": row.address}


RELEASE = Verb(
    name="release",
    label=_("Release"),
    permission=RELEASE_ADDRESS,
    run=suppression.release,
    form=ReleaseForm,
    effects=[
        _("Mail goes to this address again. If it bounces once more, it is held back once more."),
        _("SES takes the address off its own list, too."),
        _("Do it only when you know that the address works, or that the reader wants mail:"
          " SES counts bounces and complaints, and stops those who have too many."),
    ],
    done=ngettext_lazy("%d address is released.", "%d addresses are released."),
    icon="outgoing_mail",
    fits=lambda row: row.released_at is None,
    warnings=_held,
    troubles={NotPossible: "", **TROUBLES},
)  # fmt: skip
KEEP = Verb(
    name="keep",
    label=_("Keep held back"),
    permission=RELEASE_ADDRESS,
    run=suppression.mark_seen,
    effects=[_("No mail is sent to it, and it no longer waits for somebody to look.")],
    done=ngettext_lazy("%d address stays held back.", "%d addresses stay held back."),
    icon="visibility",
    fits=lambda row: row.released_at is None and row.seen_at is None,
    troubles={NotPossible: "", **TROUBLES},
)


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("Somebody has to look")), ("held", _("All that are held back"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "waiting":
            return queryset.filter(released_at=None, seen_at=None)
        return queryset.filter(released_at=None) if self.value() == "held" else queryset


@admin.register(SuppressedAddress)
class SuppressedAddressAdmin(ReadOnlyAdmin):
    list_display = ("address", "state_label", "why", "sentence", moment("since", _("Since")))
    list_filter = (StateFilter, "why")
    list_select_related = ("event",)
    search_fields = ("address",)
    search_help_text = _("Beginning of the address")
    when_empty = _("No mail has come back for good. Addresses that bounce or complain come here.")
    fields = (
        "address",
        "state_label",
        "why",
        "sentence",
        moment("since", _("Since")),
        moment("told_at", _("Staff told by mail")),
        moment("seen_at", _("Looked at")),
        moment("released_at", _("Released")),
    )
    verbs = (RELEASE, KEEP)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SuppressedAddress], search_term: str
    ) -> tuple[QuerySet[SuppressedAddress], bool]:
        term = search_term.strip().casefold()
        return queryset.filter(address__startswith=term) if term else queryset, False

    def links(self, request: HttpRequest, row: SuppressedAddress) -> list[Link]:
        people = Member.objects.filter(email=row.address).select_related("tenant")
        found = [
            Link(
                person.tenant.company,
                reverse("admin:tenants_tenant_change", args=(person.tenant.pk,)),
            )
            for person in people
        ]
        mails = reverse("admin:tenants_message_changelist")
        found.append(Link(str(_("Mails to this address")), f"{mails}?q={row.address}"))
        return [*found, *super().links(request, row)]

    def describe_row(self, row: SuppressedAddress) -> str:
        return str(row.get_why_display())

    @column(_("State"), colours=COLOURS)
    def state_label(self, row: SuppressedAddress) -> tuple[str, Any]:
        if row.released_at:
            return "released", _("Released")
        return ("seen", _("Held back")) if row.seen_at else ("waiting", _("Held back, look at it"))

    @column(_("What SES said"))
    def sentence(self, row: SuppressedAddress) -> str:
        return wording.why(row.event.kind, row.event.reason, row.event.said)
