"""By what staff find agreements, and the customers who have them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from adapters.marketplace_notices import license_id_of
from marketplace.models import Agreement
from tenants.finding.places import Place, few
from tenants.finding.terms import Term

_NAMES = ("agreement_id", "license_id", "account_id", "customer_identifier")


def named(text: str) -> Q:
    """Exact matches on indexed columns: agreements only ever grow. An ARN names its licence."""
    term = text.strip()
    where = Q(license_id=license_id_of(term) or term)
    for name in _NAMES:
        where |= Q(**{name: term})
    return where


def _agreements(term: Term) -> QuerySet[Any] | None:
    """Of customers alone: an agreement that nobody registered has a list of its own."""
    if not term.quoted:
        return None
    return few(Agreement.objects.filter(named(term.quoted)).exclude(tenant=None))


PLACE = Place(
    "agreement", _("Agreement"), "marketplace.view_agreement", _agreements, "agreement_id"
)
