"""Mails that were promised: one `Message` row each, delivered at least once."""

import logging
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.aws import meaning_of
from adapters.errors import OutsideError, TryLater
from backoffice import audit
from backoffice.audit import Act
from backoffice.queueing import send_after_commit
from campaigns.models import Campaign
from tenants import confirmations, links, notice_texts
from tenants.errors import NotPossible
from tenants.models import ApiKey, Member, Message, QuotaAlert, SignUp, Tenant
from tenants.returned import inbox, suppression
from tenants.usage import quota_texts

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(minutes=10)

# What a mail says about things that other rooms know: each adds its facts about a message.
FactsOf = Callable[[Message], dict[str, Any]]
_FACTS: list[FactsOf] = [notice_texts.facts_of, quota_texts.facts_of]
_WITH_LINK = (
    Message.Kind.WELCOME,
    Message.Kind.RESET,
    Message.Kind.PASSWORD_LINK,
    Message.Kind.INVITATION,
)


class Rendered(NamedTuple):
    """A mail as its reader sees it."""

    subject: str
    text: str
    html: str


def promise(
    kind: Message.Kind,
    *,
    to: str,
    member: Member | None = None,
    sign_up: SignUp | None = None,
    campaign: Campaign | None = None,
    key: ApiKey | None = None,
    quota_alert: QuotaAlert | None = None,
) -> Message:
    """Write the promise down, inside the transaction that makes it."""
    return Message.objects.create(
        kind=kind,
        to=to,
        member=member,
        sign_up=sign_up,
        campaign=campaign,
        key=key,
        quota_alert=quota_alert,
    )


def promise_for_agreement(
    kind: Message.Kind,
    *,
    agreement: str,
    occasion: str,
    to: str,
    member: Member | None = None,
    sign_up: SignUp | None = None,
) -> None:
    """Promise the mail of this occasion, once, however often this is called."""
    message, made = Message.objects.get_or_create(
        kind=kind,
        agreement=agreement,
        occasion=occasion,
        to=to,
        defaults={"member": member, "sign_up": sign_up},
    )
    if made:
        send_worker(message)


def offer_facts(facts_of: FactsOf) -> None:
    """Let another room say what its mails are about."""
    if facts_of not in _FACTS:
        _FACTS.append(facts_of)


def send_worker(message: Message) -> None:
    from tenants.tasks import deliver_message  # tasks import this module

    send_after_commit(deliver_message, message.pk)


def send_waiting(tenant: Tenant) -> None:
    """Send workers for what waited until this tenant was set up."""
    for message in due_messages().filter(member__tenant=tenant):
        send_worker(message)


def due_messages() -> QuerySet[Message]:
    """Promises that can be kept now: a link is of use only once its account is there and open."""
    ready = Q(member=None) | Q(
        member__tenant__reconciled_generation__gte=F("member__tenant__generation"),
        member__tenant__suspended_at=None,
        member__left_at=None,
        member__disabled_at=None,
    )
    return Message.objects.filter(
        Message.free(),
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now()),
        ready,
        state=Message.State.WAITING,
    )


def drop_waiting(member: Member) -> None:
    """What was promised to this person is no longer wanted."""
    member.message_set.filter(state=Message.State.WAITING).update(state=Message.State.DROPPED)


def try_again(message: Message, act: Act) -> None:
    """Put a stuck mail back in line. Raises NotPossible if it is not stuck."""
    with transaction.atomic():
        stuck = Message.objects.filter(pk=message.pk, state=Message.State.STUCK)
        if not stuck.update(state=Message.State.WAITING, attempts=0, next_attempt_at=None):
            raise NotPossible(_("Only a stuck mail can be tried again."))
        audit.record(act, "try mail again", message, before={"trouble": message.trouble})
        send_worker(message)


def deliver(message: Message) -> None:
    """Send the mail, unless it is sent or somebody else is sending it."""
    if not due_messages().filter(pk=message.pk).exists():
        return
    if not message.claim(state=Message.State.WAITING):
        return
    if held_back := suppression.suppressed(message.to):
        log.warning("message %s is held back: %s", message.pk, held_back.why)
        message.give_back(state=Message.State.HELD, trouble=str(held_back.get_why_display()))
        return
    try:
        mail_id = _send(message)
    except TryLater as error:
        seconds = min(2.0**message.attempts, LONGEST_PAUSE.total_seconds())
        pause = timedelta(seconds=seconds * random.uniform(0.5, 1))  # noqa: S311 - jitter
        message.give_back(
            attempts=F("attempts") + 1,
            next_attempt_at=timezone.now() + pause,
            trouble=str(error)[:500],
        )
    except OutsideError as error:
        log.error("message %s is stuck: %s", message.pk, error)
        message.give_back(
            state=Message.State.STUCK, attempts=F("attempts") + 1, trouble=str(error)[:500]
        )
    else:
        message.give_back(
            state=Message.State.SENT, sent_at=timezone.now(), trouble="", ses_message_id=mail_id
        )
        if mail_id:
            inbox.settle(mail_id)


def renew_link(member: Member) -> None:
    """Send a fresh link in place of one that expired, unless one is on its way."""
    kind = Message.Kind.RESET if member.sign_out_wanted_at else Message.Kind.WELCOME
    kind = Message.Kind.PASSWORD_LINK if member.password_set_at else kind
    with transaction.atomic():
        if member.message_set.filter(state=Message.State.WAITING).exists():
            return
        send_worker(promise(kind, to=member.email, member=member))


def render(kind: str, context: dict[str, Any]) -> Rendered:
    subject, text, html = (
        render_to_string(f"tenants/mail/{kind}.{part}", context)
        for part in ("subject", "txt", "html")
    )
    return Rendered(" ".join(subject.split()), text, html)


def _send(message: Message) -> str:
    """Return the id by which SES will tell what became of it."""
    context: dict[str, Any] = {
        "member": message.member,
        "sign_up": message.sign_up,
        "invitation": message.invitation,
        "key": message.key,
        "support": settings.SUPPORT_ADDRESS,
        "portal": settings.PORTAL_URL,
        "days": links.LIFETIME.days,
    }
    for facts_of in _FACTS:
        context |= facts_of(message)
    if message.kind in _WITH_LINK and message.member:
        token = links.mint_link(message.member, timezone.now())
        context["link"] = f"{settings.PORTAL_URL}/welcome/{token}/"
    if message.kind == Message.Kind.CONFIRM and message.sign_up:
        token = confirmations.mint_token(message.sign_up)
        context["link"] = f"{settings.PORTAL_URL}/signup/confirm/{token}/"
    made = render(message.kind, context)
    mail = EmailMultiAlternatives(subject=made.subject, body=made.text, to=[message.to])
    mail.attach_alternative(made.html, "text/html")
    try:
        mail.send()
    except AnymailError as error:
        raise meaning_of("sesv2", error.__cause__ or error) from error
    status = getattr(mail, "anymail_status", None)
    return str(status.message_id or "") if status else ""
