"""The places in which a customer is looked for. Each is asked by an index alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.models import AuditEvent
from backoffice.roles import READ_TRAIL
from campaigns.models import Redemption
from tenants.finding.acts import whose_target
from tenants.finding.lookups import AsUuid
from tenants.finding.rows import CompanyWord
from tenants.finding.terms import Term
from tenants.models import (
    ApiKey,
    Domain,
    DomainClaim,
    Invitation,
    Member,
    Promotion,
    SignUp,
    SupportRequest,
    Tenant,
)

# More of one kind than anybody reads: whoever searches says more.
MOST = 50


@dataclass(frozen=True)
class Place:
    """`rows_of` returns rows that the term names, or None where it cannot name any.

    `tenant`, `row` and `said` are the rows' columns with the customer's id, with what names the
    row, and with what was matched. With `nobodys` rows of no customer count only where nothing
    else is found, and for who has that permission.
    """

    kind: str
    label: str | Promise
    permission: str
    rows_of: Callable[[Term], QuerySet[Any] | None]
    said: str
    tenant: str = "tenant_id"
    row: str = "pk"
    nobodys: str = ""


def few(rows: QuerySet[Any]) -> QuerySet[Any]:
    """A bound that also holds within a union, where SQLite takes none."""
    capped: QuerySet[Any] = rows.model.objects.filter(pk__in=rows.order_by().values("pk")[:MOST])
    return capped


def _customers(term: Term) -> QuerySet[Any] | None:
    return Tenant.objects.filter(pk=str(term.id)) if term.id else None


def _companies(term: Term) -> QuerySet[Any] | None:
    """Every word that was typed begins a word of the name."""
    if not term.words:
        return None
    first, *others = term.words
    rows = CompanyWord.objects.filter(word__begins=first)
    for word in others:
        of_the_same = CompanyWord.objects.filter(tenant=OuterRef("tenant"), word__begins=word)
        rows = rows.filter(Exists(of_the_same))
    return few(rows)


def _members(term: Term) -> QuerySet[Any] | None:
    return few(Member.objects.filter(email__begins=term.address)) if term.address else None


def _same_people(term: Term) -> QuerySet[Any] | None:
    """Who has another address with a plus-tag is the same."""
    return few(Member.objects.filter(identity=term.address)) if "@" in term.address else None


def _invitations(term: Term) -> QuerySet[Any] | None:
    if not term.address:
        return None
    return few(Invitation.objects.filter(email__begins=term.address))


def _domains(term: Term) -> QuerySet[Any] | None:
    return few(Member.objects.filter(domain=term.domain)) if term.domain else None


def _held_domains(term: Term) -> QuerySet[Any] | None:
    """Whoever's addresses these are."""
    if not term.domain:
        return None
    return Domain.objects.filter(name=term.domain, released_at=None)


def _claimed_domains(term: Term) -> QuerySet[Any] | None:
    if not term.domain:
        return None
    waiting = DomainClaim.State.WAITING
    return few(DomainClaim.objects.filter(name=term.domain, state=waiting))


def _keys(term: Term) -> QuerySet[Any] | None:
    if term.key_hash:
        return ApiKey.objects.filter(sha256=term.key_hash)
    return few(ApiKey.objects.filter(last4__in=term.key_ends)) if term.key_ends else None


def _key_ids(term: Term) -> QuerySet[Any] | None:
    return ApiKey.objects.filter(key_id=term.quoted) if len(term.quoted) > 4 else None


def _logins(term: Term) -> QuerySet[Any] | None:
    return Member.objects.filter(user_id=str(term.id)) if term.id else None


def _requests(term: Term) -> QuerySet[Any] | None:
    if term.number is None:
        return None
    tenant = Subquery(Member.objects.filter(pk=OuterRef("member")).values("tenant"))
    rows: QuerySet[Any] = SupportRequest.objects.filter(pk=term.number).annotate(whose=tenant)
    return _with_address(rows)


def _sign_ups(term: Term) -> QuerySet[Any] | None:
    return SignUp.objects.filter(pk=term.id) if term.id else None


def _registrations(term: Term) -> QuerySet[Any] | None:
    return SignUp.objects.filter(user_id=str(term.id)) if term.id else None


def _newcomers(term: Term) -> QuerySet[Any] | None:
    """Sign-ups that became nobody's account: somebody waits for something there."""
    if not term.address:
        return None
    return few(SignUp.objects.filter(email__begins=term.address, tenant=None))


def _redeemed(term: Term) -> QuerySet[Any] | None:
    if not term.code:
        return None
    spent = Redemption.objects.filter(code=term.code).order_by("-id")[:MOST]
    return spent.annotate(who=AsUuid(F("redeemed_by"))).values("who")


def _let_in(term: Term) -> QuerySet[Any] | None:
    who = _redeemed(term)
    return None if who is None else SignUp.objects.filter(pk__in=who)


def _promoted(term: Term) -> QuerySet[Any] | None:
    who = _redeemed(term)
    return None if who is None else _with_address(Promotion.objects.filter(pk__in=who))


def _with_address(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Looked up row by row: a join might begin with all the people there are."""
    address = Member.objects.filter(pk=OuterRef("member")).values("email")
    addressed: QuerySet[Any] = rows.annotate(address=Subquery(address))
    return addressed


def _acts(term: Term) -> QuerySet[Any] | None:
    """What was done within one request of the portal, as its error page calls it: to whatever row
    of whichever customer."""
    if len(term.quoted) < 8 or "@" in term.quoted:
        return None
    named = AuditEvent.objects.filter(request_id__in={term.quoted, term.folded})
    acts: QuerySet[Any] = few(named).annotate(whose=whose_target())
    return acts


ACT = "act"
CUSTOMER, SIGN_UP = "tenants.view_tenant", "tenants.view_signup"
PLACES: list[Place] = [
    Place("customer", _("Customer id"), CUSTOMER, _customers, "id", tenant="id"),
    Place("key", _("API key"), "tenants.view_apikey", _keys, "last4"),
    Place("key_id", _("API key id"), "tenants.view_apikey", _key_ids, "key_id"),
    Place("login", _("Cognito user"), CUSTOMER, _logins, "email"),
    Place("member", _("E-mail"), CUSTOMER, _members, "email"),
    Place("identity", _("E-mail"), CUSTOMER, _same_people, "email"),
    Place("invitation", _("Invitation"), CUSTOMER, _invitations, "email"),
    Place(
        "support",
        _("Support request"),
        "tenants.view_supportrequest",
        _requests,
        "address",
        tenant="whose",
    ),
    Place("sign_up", _("Sign-up"), SIGN_UP, _sign_ups, "email"),
    Place("registration", _("Sign-up"), SIGN_UP, _registrations, "email"),
    Place("newcomer", _("Sign-up"), SIGN_UP, _newcomers, "email"),
    Place("code", _("Promo code, redeemed by"), "campaigns.view_redemption", _let_in, "email"),
    Place(
        "promotion",
        _("Promo code, redeemed by"),
        "campaigns.view_redemption",
        _promoted,
        "address",
    ),
    Place(
        ACT,
        _("Request id"),
        CUSTOMER,
        _acts,
        "action",
        tenant="whose",
        row="request_id",
        nobodys=READ_TRAIL,
    ),
    Place("held_domain", _("Domain, held"), "tenants.view_domain", _held_domains, "name"),
    Place(
        "claimed_domain",
        _("Domain, being proved"),
        "tenants.view_domain",
        _claimed_domains,
        "name",
    ),
    Place("domain", _("Domain of e-mail"), CUSTOMER, _domains, "email"),
    Place("company", _("Company"), CUSTOMER, _companies, "tenant__company"),
]


def offer_place(place: Place) -> None:
    """Have rooms above looked at too."""
    if place.kind not in [known.kind for known in PLACES]:
        PLACES.append(place)
