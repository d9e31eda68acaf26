"""By what staff find a customer: names, people and keys, and what rooms above know them by."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from tenants.models import ApiKey, Member, Tenant

# Ids of the customers whom this word is of. It checks the rights: a hit says that there is one.
IdsOf = Callable[[HttpRequest, str], QuerySet[Any, Any] | None]

_OFFERED: list[IdsOf] = []


def offer_ids(ids_of: IdsOf) -> None:
    if ids_of not in _OFFERED:
        _OFFERED.append(ids_of)


def find_customers(
    request: HttpRequest, customers: QuerySet[Tenant], text: str
) -> QuerySet[Tenant]:
    """Return those of the customers whom the text names; all of them where there is none."""
    term = text.strip()
    if not term:
        return customers
    people = Member.objects.filter(email__startswith=term.casefold()).values("tenant")
    where = Q(company__icontains=term) | Q(pk=term) | Q(pk__in=people)
    if len(term) == 4 or "…" in term:
        where |= Q(pk__in=ApiKey.objects.filter(last4=term[-4:]).values("tenant"))
    for ids_of in _OFFERED:
        ids = ids_of(request, term)
        where = where if ids is None else where | Q(pk__in=ids)
    return customers.filter(where)
