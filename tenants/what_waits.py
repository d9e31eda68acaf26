"""What a customer's people wait for, in one query: links, mails that were not sent, requests for
a new password, addresses to which no mail is sent, and e-mail domains."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, DateTimeField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast

from tenants.models import (
    Domain,
    DomainClaim,
    JoinRequest,
    Member,
    Message,
    OneTimeLink,
    SupportRequest,
    SuppressedAddress,
    Tenant,
)

# Claims that came to nothing tell support why: the newest.
MOST_CLAIMS = 5

_TEXT, _MOMENT, _NUMBER = CharField(), DateTimeField(), IntegerField()
_NO_MOMENT = Value(None, output_field=_MOMENT)
_NOBODY = Value(None, output_field=_NUMBER)


@dataclass
class Waiting:
    """Rows with what the page needs of them, never to be saved."""

    links: list[OneTimeLink] = field(default_factory=list)
    unsent: list[Message] = field(default_factory=list)
    requests: list[SupportRequest] = field(default_factory=list)
    held_back: list[SuppressedAddress] = field(default_factory=list)
    domains: list[Domain] = field(default_factory=list)
    claims: list[DomainClaim] = field(default_factory=list)
    asking: list[JoinRequest] = field(default_factory=list)


def waiting_of(tenant: Tenant) -> Waiting:
    people = {member.pk: member for member in tenant.members.all()}
    waiting = Waiting()
    # By kind: how a row is made of member, moment, end of it, word, and texts.
    made: dict[str, Callable[..., None]] = {
        "link": lambda _pk, who, at, until, *_: waiting.links.append(
            OneTimeLink(member=people[who], used_at=at, expires_at=until)
        ),
        "mail": lambda _pk, who, _at, _until, word, *_: waiting.unsent.append(
            Message(member=people[who], state=word)
        ),
        "request": lambda pk, who, at, _until, word, *_: waiting.requests.append(
            SupportRequest(pk=pk, member=people[who], asked_at=at, state=word)
        ),
        "held": lambda pk, _who, at, _until, word, text, _more: waiting.held_back.append(
            SuppressedAddress(pk=pk, since=at, why=word, address=text)
        ),
        "domain": lambda pk, _who, at, until, word, text, more: waiting.domains.append(
            Domain(pk=pk, name=text, way=word, rule=more, held_since=at, missing_since=until)
        ),
        "claim": lambda pk, _who, at, until, word, text, more: waiting.claims.append(
            DomainClaim(pk=pk, name=text, state=word, found=more, looked_at=at, expires_at=until)
        ),
        "asking": lambda pk, _who, _at, until, _word, text, _more: waiting.asking.append(
            JoinRequest(pk=pk, email=text, expires_at=until)
        ),
    }
    first, *others = _parts(tenant, people.values())
    for kind, *facts in first.union(*others, all=True):
        made[kind](*facts)
    return waiting


def _parts(tenant: Tenant, people: Any) -> list[QuerySet[Any, Any]]:
    mine = {"member__tenant": tenant}
    addresses = [_casefolded(member) for member in people]
    held = SuppressedAddress.objects.filter(address__in=addresses, released_at=None)
    mails = Message.objects.filter(**mine).exclude(state__in=("sent", "dropped"))
    requests = SupportRequest.objects.filter(**mine, state__in=SupportRequest.OPEN)
    return [
        _part("link", OneTimeLink.objects.filter(**mine), at="used_at", until="expires_at"),
        _part("mail", mails, word="state"),
        _part("request", requests, at="asked_at", word="state"),
        _part("held", held, who="", at="since", word="why", text="address"),
        *_of_domains(tenant),
    ]


def _of_domains(tenant: Tenant) -> list[QuerySet[Any, Any]]:
    held = tenant.domains.filter(released_at=None)
    unproved = tenant.claims.exclude(state=DomainClaim.State.PROVED).order_by("-id")
    claims = DomainClaim.objects.filter(pk__in=unproved.values("pk")[:MOST_CLAIMS])
    asking = tenant.join_requests.filter(state=JoinRequest.State.WAITING)
    of_held = {"at": "held_since", "until": "missing_since", "word": "way", "more": "rule"}
    of_claims = {"at": "looked_at", "until": "expires_at", "word": "state", "more": "found"}
    return [
        _part("domain", held, who="", text="name", **of_held),
        _part("claim", claims, who="", text="name", **of_claims),
        _part("asking", asking, who="", text="email", until="expires_at"),
    ]


def _casefolded(member: Member) -> str:
    return member.email.casefold()


def _part(
    kind: str,
    rows: QuerySet[Any],
    *,
    who: str = "member_id",
    at: str = "",
    until: str = "",
    word: str = "",
    text: str = "",
    more: str = "",
) -> QuerySet[Any, Any]:
    columns: dict[str, Any] = {
        "w_kind": Value(kind, output_field=_TEXT),
        "w_pk": Cast("pk", _NUMBER),
        "w_who": Cast(who, _NUMBER) if who else _NOBODY,
        "w_at": F(at) if at else _NO_MOMENT,
        "w_until": F(until) if until else _NO_MOMENT,
        "w_word": Cast(word, _TEXT) if word else Value("", output_field=_TEXT),
        "w_text": Cast(text, _TEXT) if text else Value("", output_field=_TEXT),
        "w_more": Cast(more, _TEXT) if more else Value("", output_field=_TEXT),
    }
    named: QuerySet[Any, Any] = rows.order_by().annotate(**columns).values_list(*columns)
    return named
