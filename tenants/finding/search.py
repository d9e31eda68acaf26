"""Who is meant by what somebody quotes, in one query over every place, and by what they were
found."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenants.finding.places import MOST, PLACES, Place
from tenants.finding.terms import Term
from tenants.models import Tenant

_TEXT = CharField()


@dataclass(frozen=True)
class Hit:
    """`tenant_id` is empty where a row is nobody's account. `said` is what was matched."""

    kind: str
    label: str
    tenant_id: str
    row_id: str
    said: str

    def __str__(self) -> str:
        return _("%(place)s: %(said)s") % {"place": self.label, "said": self.said}


def hits_of(request: HttpRequest, typed: str) -> list[Hit]:
    """Return what the text names in the order of PLACES, each customer once for each place.

    Only places that this person may see are looked at: a hit says that there is something.
    """
    asked = _asked(request, Term(typed))
    if not asked:
        return []
    labels = {place.kind: str(place.label) for place, _rows in asked}
    order = list(labels)
    first, *others = [_in_columns(place, rows) for place, rows in asked]
    found = {
        (kind, tenant or row): Hit(kind, labels[kind], tenant or "", row, said)
        for kind, tenant, row, said in first.union(*others, all=True)
    }
    hits = sorted(found.values(), key=lambda hit: order.index(hit.kind))
    last = {place.kind: place.nobodys for place, _rows in asked if place.nobodys}
    better = [hit for hit in hits if hit.tenant_id or hit.kind not in last]
    return better or [hit for hit in hits if request.user.has_perm(last[hit.kind])]


def looked_for(request: HttpRequest, typed: str) -> list[str]:
    """Name what the text was taken for."""
    return list(dict.fromkeys(str(place.label) for place, _ in _asked(request, Term(typed))))


def find_customers(
    request: HttpRequest, customers: QuerySet[Tenant], text: str
) -> QuerySet[Tenant]:
    """Return those of the customers whom the text names, each with `found_by`; all of them where
    there is none."""
    if not text.strip():
        return customers
    first: dict[str, Hit] = {}
    for hit in hits_of(request, text):
        if hit.tenant_id:
            first.setdefault(hit.tenant_id, hit)
    few = dict(list(first.items())[: 2 * MOST])
    words = [When(pk=pk, then=Value(str(hit))) for pk, hit in few.items()]
    by: Any = Case(*words, default=Value(""), output_field=_TEXT) if words else Value("")
    return customers.filter(pk__in=list(few)).annotate(found_by=by)


def _asked(request: HttpRequest, term: Term) -> list[tuple[Place, QuerySet[Any]]]:
    allowed = [place for place in PLACES if request.user.has_perm(place.permission)]
    asked = [(place, place.rows_of(term)) for place in allowed] if term.text else []
    return [(place, rows) for place, rows in asked if rows is not None]


def _in_columns(place: Place, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    columns = {
        "hit_kind": Value(place.kind, output_field=_TEXT),
        "hit_tenant": Cast(F(place.tenant), _TEXT),
        "hit_row": Cast(F(place.row), _TEXT),
        "hit_said": Cast(F(place.said), _TEXT),
    }
    named: QuerySet[Any, Any] = rows.order_by().annotate(**columns).values_list(*columns)
    return named
