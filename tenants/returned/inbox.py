"""From SES's queue to a row, and from the row to the mail it is about.

An event is kept first, then the message is deleted, then the event has its effect. Whoever dies in
between leaves either the message or the row, and the next one goes on from there.
"""

import logging
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from adapters import queues
from adapters.mail_events import Kind, Told, Unreadable, digest_of, read_event
from tenants.message_rows import Message
from tenants.privacy.late_news import is_of_erased
from tenants.privacy.pseudonyms import stand_in
from tenants.returned import suppression
from tenants.returned.fates import fate_of
from tenants.returned.rows import MailEvent

log = logging.getLogger(__name__)

MOST_AT_ONCE = 200
PATIENCE = timedelta(minutes=10)


def take_events() -> int:
    """Take what waits in the queue, then whatever an earlier one kept and did not apply."""
    taken = 0
    if settings.MAIL_EVENTS_QUEUE_URL:
        while taken < MOST_AT_ONCE and (came := _take_some()):
            taken += came
    waiting = MailEvent.objects.filter(state=MailEvent.State.WAITING).order_by("id")
    for event in list(waiting[:MOST_AT_ONCE]):
        apply_calmly(event)
    return taken


def save(body: str) -> list[MailEvent]:
    """Keep an event word for word, one row for each recipient, and a copy once."""
    # PostgreSQL keeps no NUL, and no half of a pair, in a text.
    body = body.encode(errors="replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
    try:
        told = read_event(body)
    except Unreadable:
        told = (Told(Kind.UNKNOWN, digest=digest_of(body)),)
    with transaction.atomic():
        return [_keep(each, body) for each in told]


def apply(event: MailEvent) -> None:
    """Let the event have its effect. Safe to repeat: the effect is computed from all events."""
    suppression.follow(event)
    if event.kind == Kind.UNKNOWN:
        state = MailEvent.State.UNKNOWN
    elif not event.mail_id or settle(event.mail_id) or _has_waited(event):
        state = MailEvent.State.APPLIED
    else:
        return
    MailEvent.objects.filter(pk=event.pk).update(state=state)


def apply_calmly(event: MailEvent) -> bool:
    """Apply it, unless another worker is in the way: then it waits for the next sweep."""
    try:
        apply(event)
    except OperationalError as error:
        log.warning("mail event %s waits for the next sweep: %s", event.pk, type(error).__name__)
        return False
    return True


@transaction.atomic
def settle(mail_id: str) -> bool:
    """Bring the mail's row to what SES told of it; False if no row has this id.

    Two events of one mail go one after the other, or the first could overwrite the second.
    """
    message = Message.objects.select_for_update().filter(ses_message_id=mail_id).first()
    if message is None:
        return False
    fate = fate_of(MailEvent.objects.filter(mail_id=mail_id))
    Message.objects.filter(pk=message.pk).update(
        fate=fate.kind, fate_reason=fate.reason, fate_said=fate.said, fate_at=fate.at
    )
    return True


def _has_waited(event: MailEvent) -> bool:
    """An event may be faster than the note that its mail was sent; one of another sender's mail, or
    of one whose note was lost with its worker, waits for none."""
    return event.received_at < timezone.now() - PATIENCE


def _keep(told: Told, body: str) -> MailEvent:
    """Of somebody who was erased meanwhile only what holds mail back is kept, without a name."""
    if told.recipient and is_of_erased(told.recipient):
        told, body = replace(told, recipient=stand_in(told.recipient), said=""), ""
    event, made = MailEvent.objects.get_or_create(
        digest=told.digest,
        defaults={
            "body": body,
            "kind": told.kind,
            "mail_id": told.mail_id,
            "recipient": told.recipient,
            "reason": told.reason,
            "said": told.said,
            "happened_at": told.at,
        },
    )
    if not made:
        MailEvent.objects.filter(pk=event.pk).update(copies=F("copies") + 1)
    return event


def _take_some() -> int:
    with queues.holding(settings.MAIL_EVENTS_QUEUE_URL, most=queues.MOST_A_CALL) as letters:
        kept: list[MailEvent] = []
        for letter in letters:
            kept += save(letter.body)
            queues.discard(settings.MAIL_EVENTS_QUEUE_URL, letter)
    for event in kept:
        apply_calmly(event)
    return len(letters)
