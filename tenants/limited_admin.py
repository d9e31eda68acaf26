"""The staff page of limited visitors: found by address, let go with one verb."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice.columns import column, moment
from backoffice.roles import RELEASE_VISITOR
from backoffice.staff_pages import ReadOnlyAdmin
from backoffice.verbs import Verb
from tenants import limited_visitors, limits
from tenants.models import LimitedVisitor

RELEASE = Verb(
    name="release",
    label=_("Release"),
    permission=RELEASE_VISITOR,
    run=limited_visitors.release,
    effects=[
        _("The visitor may try again at once, and is counted anew."),
        _("Only this limit is lifted: a visitor may be held by another one on the same list."),
    ],
    done=ngettext_lazy("%d visitor is released.", "%d visitors are released."),
    icon="lock_open",
    fits=lambda visitor: visitor.until > timezone.now(),
)
COLOURS = {"limited": "danger", "released": "info", "over": "default"}


class NowFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("limited", _("Limited now")), ("over", _("Over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "limited":
            return queryset.filter(until__gt=timezone.now())
        return queryset.filter(until__lte=timezone.now()) if self.value() else queryset


@admin.register(LimitedVisitor)
class LimitedVisitorAdmin(ReadOnlyAdmin):
    list_display = (
        "shown",
        "what",
        "state_label",
        "crossings",
        moment("since", _("First")),
        moment("until", _("Until")),
    )
    list_filter = (NowFilter, "what")
    search_fields = ("pseudonym",)
    search_help_text = _("A whole IP address or e-mail address. It is hashed and not kept.")
    fields = (
        "shown",
        "what",
        "state_label",
        "crossings",
        moment("since", _("First")),
        moment("until", _("Until")),
        moment("released_at", _("Released")),
    )
    verbs = (RELEASE,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LimitedVisitor], search_term: str
    ) -> tuple[QuerySet[LimitedVisitor], bool]:
        term = search_term.strip()
        return (queryset.filter(pseudonym=_pseudonym(term)) if term else queryset), False

    def describe_row(self, row: LimitedVisitor) -> str:
        return str(row.get_what_display())

    @column(_("State"), colours=COLOURS)
    def state_label(self, visitor: LimitedVisitor) -> tuple[str, Any]:
        if visitor.until > timezone.now():
            return "limited", _("Limited now")
        return ("released", _("Released")) if visitor.released_at else ("over", _("Over"))


def _pseudonym(term: str) -> str:
    """Return under what a visitor is kept; of what is no address, nothing that anybody has."""
    if "@" in term:
        return limits.visitor_called(term).pseudonym
    try:
        return limits.visitor_at(term).pseudonym
    except ValueError:
        return ""
