"""What happened to a customer, from every table that knows, newest first, a page at a time."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, DateTimeField, F, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from backoffice.audit import SYSTEM_NAME
from backoffice.models import AuditEvent
from campaigns import rules
from campaigns.models import Redemption
from tenants.models import Message, SignUp, SyncStep, Tenant
from tenants.returned import wording

MOST = 50
# As the reconciler's steps name them (actions.py).
SYSTEMS = ("Cognito", "API Gateway", "DynamoDB")

_BAD_FATES = (Message.Fate.BOUNCED, Message.Fate.COMPLAINED, Message.Fate.REJECTED)
_OF_MAIL = ("kind", "to", "state", "fate", "fate_reason", "fate_said", "trouble")
_TEXT = CharField()
_NONE = Value("", output_field=_TEXT)
# Which of a customer's people an act was about, if it was about one.
_WHOM = Coalesce(KeyTextTransform("of", "after"), KeyTextTransform("of", "before"))


@dataclass(frozen=True)
class Entry:
    """One line. `detail` is the reason or the trouble; `colour` is danger for trouble."""

    at: datetime
    source: str
    what: str
    detail: str = ""
    colour: str = "default"


@dataclass(frozen=True)
class Timeline:
    """One page. `older` is where the next one begins, empty on the last. `last_steps` are the
    newest in each system of AWS, whichever page this is."""

    entries: list[Entry]
    last_steps: list[Entry]
    older: str = ""
    is_newest: bool = True


def timeline_of(
    tenant: Tenant,
    sign_up: SignUp | None,
    redemptions: Iterable[Redemption],
    others: Iterable[Entry] = (),
    *,
    before: str = "",
    told_elsewhere: Collection[str] = (),
) -> Timeline:
    """Return the newest entries before that moment, or the newest of all, in one query.

    `others` are what rooms above know; they tell the acts `told_elsewhere` better.
    """
    until = _moment(before)
    known = [*_beginning(sign_up), *_codes(redemptions), *others]
    told = list(_rows(tenant, until, told_elsewhere))
    entries = [entry for kind, entry in told if kind != "last"]
    entries += [entry for entry in known if until is None or entry.at < until]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    page = entries[:MOST]
    older = page[-1].at.isoformat() if len(entries) > MOST else ""
    last = [entry for kind, entry in told if kind == "last"]
    return Timeline(page, last, older, is_newest=until is None)


def _moment(text: str) -> datetime | None:
    """What does not look like a moment means the newest page."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and is_aware(moment) else None


def _rows(
    tenant: Tenant, until: datetime | None, told: Collection[str]
) -> Iterator[tuple[str, Entry]]:
    """Of each table one row more than a page may show: it says whether there is another page."""
    mails = Message.objects.filter(member__tenant=tenant)
    # To a mailbox of a domain, which is none of their people.
    proofs = Message.objects.filter(member=None, domain_claim__tenant=tenant)
    acts = AuditEvent.objects.filter(target_type=tenant._meta.label, target_id=tenant.pk)
    mailed_at = Coalesce("sent_at", "created_at", output_field=DateTimeField())
    parts = [
        _part("step", tenant.steps.all(), F("at"), until, "system", "what", "error"),
        _part("last", _last_steps(tenant), F("at"), None, "system", "what", "error"),
        _part(
            "act",
            acts.exclude(action__in=told),
            F("at"),
            until,
            "actor_name",
            "action",
            "reason",
            "actor_id",
            _WHOM,
        ),
        *(_part("mail", rows, mailed_at, until, *_OF_MAIL) for rows in (mails, proofs)),
    ]
    made: dict[str, Callable[..., Entry]] = {
        "step": _step,
        "last": _step,
        "act": _act,
        "mail": _mail,
    }
    for kind, at, *told_of in parts[0].union(*parts[1:], all=True):
        yield kind, made[kind](at, *told_of)


def _last_steps(tenant: Tenant) -> QuerySet[SyncStep]:
    last: Any = [
        Subquery(tenant.steps.filter(system=name).order_by("-id").values("pk")[:1])
        for name in SYSTEMS
    ]
    return SyncStep.objects.filter(pk__in=last)


def _part(
    kind: str, rows: QuerySet[Any], at: Any, until: datetime | None, *names: str | Coalesce
) -> QuerySet[Any, Any]:
    rows = rows.annotate(happened_at=at)
    if until:
        rows = rows.filter(happened_at__lt=until)
    newest = rows.order_by("-id").values("pk")[: MOST + 1]
    texts = [*(Coalesce(Cast(name, _TEXT), _NONE) for name in names), *7 * [_NONE]][:7]
    columns = {
        "told_kind": Value(kind, output_field=_TEXT),
        "told_at": at,
        **{f"told_{number}": text for number, text in enumerate(texts)},
    }
    told: QuerySet[Any, Any] = (
        rows.model._default_manager.filter(pk__in=newest)
        .order_by()
        .annotate(**columns)
        .values_list(*columns)
    )
    return told


def _step(at: datetime, system: str, what: str, error: str, *_more: str) -> Entry:
    return Entry(at, system, what, error, "danger" if error else "info")


def _act(
    at: datetime, who: str, action: str, reason: str, staff_id: str, whom: str, *_more: str
) -> Entry:
    what = _("%(who)s: %(action)s") % {"who": who, "action": action}
    if whom and whom != who:
        what = f"{what}, {whom}"
    return Entry(at, _who_acted(who, staff_id), what, reason, "warning")


def _who_acted(name: str, staff_id: str) -> str:
    if staff_id:
        return _("Staff")
    return _("System") if name == SYSTEM_NAME else _("Customer")


def _mail(at: datetime, *columns: str) -> Entry:
    mail = Message(**dict(zip(_OF_MAIL, columns, strict=True)))
    what = _("%(kind)s to %(address)s: %(state)s") % {
        "kind": mail.get_kind_display(),
        "address": mail.to,
        "state": mail.get_fate_display() if mail.fate else mail.get_state_display(),
    }
    detail = wording.why(mail.fate, mail.fate_reason, mail.fate_said) or mail.trouble
    return Entry(at, _("Mail"), what, detail, _colour_of(mail))


def _colour_of(mail: Message) -> str:
    if mail.fate in _BAD_FATES or mail.state in Message.UNSENT:
        return "danger"
    if mail.fate in (Message.Fate.SOFT_BOUNCED, Message.Fate.DELAYED):
        return "warning"
    return "success" if mail.state == Message.State.SENT else "info"


def _beginning(sign_up: SignUp | None) -> Iterator[Entry]:
    if sign_up:
        yield Entry(sign_up.created_at, _("Sign-up"), _("%s signed up") % sign_up.email)
    if sign_up and sign_up.code_released_at:
        yield Entry(sign_up.code_released_at, _("Code"), _("The code was given back"))


def _codes(redemptions: Iterable[Redemption]) -> Iterator[Entry]:
    for redemption in redemptions:
        what = _("Code %(code)s of %(campaign)s redeemed") % {
            "code": rules.masked(redemption.code, redemption.campaign.prefix),
            "campaign": redemption.campaign,
        }
        yield Entry(redemption.redeemed_at, _("Code"), what)
