"""What happened to a customer, from every table that knows, newest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice.audit import SYSTEM_NAME
from backoffice.models import AuditEvent
from campaigns import rules
from campaigns.models import Redemption
from tenants.models import Message, SignUp, SyncStep, Tenant
from tenants.returned import wording

MOST = 50

_BAD_FATES = (Message.Fate.BOUNCED, Message.Fate.COMPLAINED, Message.Fate.REJECTED)


@dataclass(frozen=True)
class Entry:
    """One line. `detail` is the reason or the trouble; `colour` is danger for trouble."""

    at: datetime
    source: str
    what: str
    detail: str = ""
    colour: str = "default"


def timeline_of(
    tenant: Tenant,
    sign_up: SignUp | None,
    redemptions: Iterable[Redemption],
    others: Iterable[Entry] = (),
) -> list[Entry]:
    """Return the newest entries, MOST at most, in one query for each table.

    `others` are what rooms above know.
    """
    mails = Message.objects.filter(member__tenant=tenant).order_by("-id")[:MOST]
    entries = [
        *_steps(tenant.steps.order_by("-id")[:MOST]),
        *_acts(tenant),
        *_mails(mails),
        *_beginning(sign_up),
        *_codes(redemptions),
        *others,
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:MOST]


def _steps(steps: Iterable[SyncStep]) -> Iterator[Entry]:
    for step in steps:
        yield Entry(step.at, step.system, step.what, step.error, "danger" if step.error else "info")


def _acts(tenant: Tenant) -> Iterator[Entry]:
    events: QuerySet[AuditEvent] = AuditEvent.objects.filter(
        target_type=tenant._meta.label, target_id=tenant.pk
    )
    for event in events.order_by("-id")[:MOST]:
        what = _("%(who)s: %(action)s") % {"who": event.actor_name, "action": event.action}
        yield Entry(event.at, _who_acted(event), what, event.reason, "warning")


def _who_acted(event: AuditEvent) -> str:
    if event.actor_id is not None:
        return _("Staff")
    return _("System") if event.actor_name == SYSTEM_NAME else _("Customer")


def _mails(mails: Iterable[Message]) -> Iterator[Entry]:
    for mail in mails:
        what = _("%(kind)s to %(address)s: %(state)s") % {
            "kind": mail.get_kind_display(),
            "address": mail.to,
            "state": mail.get_fate_display() if mail.fate else mail.get_state_display(),
        }
        detail = wording.why(mail.fate, mail.fate_reason, mail.fate_said) or mail.trouble
        at = mail.sent_at or mail.created_at
        yield Entry(at, _("Mail"), what, detail, _colour_of(mail))


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
            "code": rules.masked(redemption.code),
            "campaign": redemption.campaign,
        }
        yield Entry(redemption.redeemed_at, _("Code"), what)
