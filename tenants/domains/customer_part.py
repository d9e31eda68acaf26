"""What staff see of a customer's domains on the customer's page, in one query: held, being proved,
and who asks to join."""

from typing import Any

from django.db.models import CharField, DateTimeField, F, QuerySet, Value
from django.db.models.functions import Cast
from django.http import HttpRequest

from tenants.customer_parts import Part
from tenants.domains import looking_times
from tenants.models import Domain, DomainClaim, JoinRequest, Tenant

# The newest that came to nothing tell support why.
MOST_ENDED = 5
_TEXT, _NONE = CharField(), Value("", output_field=CharField())
_NEVER = Value(None, output_field=DateTimeField())


def part_of(request: HttpRequest, tenant: Tenant) -> Part | None:
    """Return nothing for a customer who never named a domain."""
    if not request.user.has_perm("tenants.view_domain"):
        return None
    held: list[Any] = []
    claims: list[DomainClaim] = []
    asking: list[JoinRequest] = []
    for kind, pk, name, state, more, at, until in _rows(tenant):
        if kind == "held":
            domain = Domain(pk=pk, name=name, way=state, rule=more, held_since=at)
            domain.missing_since = until
            held.append((domain, looking_times.released_at(domain)))
        elif kind == "claim":
            claim = DomainClaim(pk=pk, name=name, state=state, found=more, looked_at=at)
            claim.expires_at = until
            claims.append(claim)
        else:
            asking.append(JoinRequest(pk=pk, email=name, expires_at=until))
    if not held and not claims:
        return None
    facts = {"held": held, "claims": claims, "asking": asking}
    return Part("backoffice/_customer_domains.html", facts)


def _rows(tenant: Tenant) -> QuerySet[Any, Any]:
    open_claims = tenant.claims.exclude(state=DomainClaim.State.PROVED).order_by("-id")
    claims = DomainClaim.objects.filter(pk__in=open_claims.values("pk")[:MOST_ENDED])
    asking = tenant.join_requests.filter(state=JoinRequest.State.WAITING)
    held = tenant.domains.filter(released_at=None)
    return _part("held", held, "name", "way", "rule", "held_since", "missing_since").union(
        _part("claim", claims, "name", "state", "found", "looked_at", "expires_at"),
        _part("asking", asking, "email", "state", "", "", "expires_at"),
        all=True,
    )


def _part(
    kind: str, rows: QuerySet[Any], name: str, state: str, more: str, at: str, until: str
) -> QuerySet[Any, Any]:
    columns: dict[str, Any] = {
        "d_kind": Value(kind, output_field=_TEXT),
        "d_pk": F("pk"),
        "d_name": Cast(name, _TEXT),
        "d_state": Cast(state, _TEXT),
        "d_more": Cast(more, _TEXT) if more else _NONE,
        "d_at": F(at) if at else _NEVER,
        "d_until": F(until),
    }
    told: QuerySet[Any, Any] = rows.order_by().annotate(**columns).values_list(*columns)
    return told
