"""The staff page of searches: per product, when AWS was asked for agreements nobody told us of."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from backoffice.columns import column, moment
from backoffice.staff_pages import ReadOnlyAdmin
from marketplace.buyer_pages import title_of
from marketplace.models import AgreementSearch
from marketplace.staff_verbs import SEARCH_VERBS

_COLOURS = {"well": "success", "new": "info", "trouble": "danger"}


@admin.register(AgreementSearch)
class AgreementSearchAdmin(ReadOnlyAdmin):
    list_display = (
        "product",
        "state_label",
        "found",
        moment("searched_at", _("Searched last")),
        moment("due_at", _("Searched next")),
    )
    when_empty = _("No listing of AWS Marketplace leads here yet.")
    fields = (
        "product",
        "product_code",
        "state_label",
        "found",
        moment("searched_at", _("Searched last")),
        moment("due_at", _("Searched next")),
        moment("search_from", _("Reads what changed after")),
        "trouble",
    )
    verbs = SEARCH_VERBS

    @column(_("Product"))
    def product(self, row: AgreementSearch) -> str:
        return title_of(row)

    @column(_("State"), colours=_COLOURS)
    def state_label(self, row: AgreementSearch) -> tuple[str, Any]:
        if row.trouble:
            return "trouble", _("Fails")
        return ("well", _("Searched")) if row.searched_at else ("new", _("Not searched yet"))
