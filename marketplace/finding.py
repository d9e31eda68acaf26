"""By what staff find agreements, and the customers who have them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from adapters.marketplace_notices import license_id_of
from marketplace.models import Agreement

_NAMES = ("agreement_id", "license_id", "account_id", "customer_identifier")


def named(text: str) -> Q:
    """Exact matches on indexed columns: agreements only ever grow. An ARN names its licence."""
    term = text.strip()
    where = Q(license_id=license_id_of(term) or term)
    for name in _NAMES:
        where |= Q(**{name: term})
    return where


def customers_of(request: HttpRequest, text: str) -> QuerySet[Any, Any] | None:
    if not request.user.has_perm("marketplace.view_agreement"):
        return None
    return Agreement.objects.filter(named(text)).exclude(tenant=None).values("tenant")
