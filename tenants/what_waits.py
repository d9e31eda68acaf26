"""What a customer's people wait for, in one query: links, mails that were not sent, requests for
a new password, and addresses to which no mail is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, DateTimeField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast

from tenants.models import Member, Message, OneTimeLink, SupportRequest, SuppressedAddress, Tenant

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


def waiting_of(tenant: Tenant) -> Waiting:
    people = {member.pk: member for member in tenant.members.all()}
    waiting = Waiting()
    # By kind: how a row is made of member, moment, end of it, and word.
    made: dict[str, Callable[..., None]] = {
        "link": lambda _pk, who, at, until, _word, _text: waiting.links.append(
            OneTimeLink(member=people[who], used_at=at, expires_at=until)
        ),
        "mail": lambda _pk, who, _at, _until, word, _text: waiting.unsent.append(
            Message(member=people[who], state=word)
        ),
        "request": lambda pk, who, at, _until, word, _text: waiting.requests.append(
            SupportRequest(pk=pk, member=people[who], asked_at=at, state=word)
        ),
        "held": lambda pk, _who, at, _until, word, text: waiting.held_back.append(
            SuppressedAddress(pk=pk, since=at, why=word, address=text)
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
) -> QuerySet[Any, Any]:
    columns: dict[str, Any] = {
        "w_kind": Value(kind, output_field=_TEXT),
        "w_pk": Cast("pk", _NUMBER),
        "w_who": Cast(who, _NUMBER) if who else _NOBODY,
        "w_at": F(at) if at else _NO_MOMENT,
        "w_until": F(until) if until else _NO_MOMENT,
        "w_word": Cast(word, _TEXT) if word else Value("", output_field=_TEXT),
        "w_text": Cast(text, _TEXT) if text else Value("", output_field=_TEXT),
    }
    named: QuerySet[Any, Any] = rows.order_by().annotate(**columns).values_list(*columns)
    return named
