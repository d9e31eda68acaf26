"""To whom no mail is sent any more: because one bounced, or its reader complained.

SES stops an account that goes on writing to such addresses.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters import suppression_list
from adapters.mail_events import Kind
from backoffice import audit
from backoffice.audit import Act
from tenants.errors import NotPossible
from tenants.message_rows import Message
from tenants.privacy.pseudonyms import stand_ins
from tenants.returned.rows import MailEvent, SuppressedAddress

log = logging.getLogger(__name__)

# A full mailbox is emptied within days as a rule. So many mails that came back in so many days, and
# none that arrived since, are a mailbox that nobody reads.
MOST_SOFT, WITHIN = 3, timedelta(days=7)
# What was held back longer is of no use any more: a one-time link has ended by then.
STILL_OF_USE = timedelta(days=14)
_WHY = {
    Kind.BOUNCED: SuppressedAddress.Why.BOUNCED,
    Kind.COMPLAINED: SuppressedAddress.Why.COMPLAINED,
}


def suppressed(address: str) -> SuppressedAddress | None:
    """Also where all that is left of whoever had it is a hash of the address."""
    names = (address.casefold(), *stand_ins(address.casefold()))
    rows = SuppressedAddress.objects.filter(address__in=names, released_at=None)
    return rows.select_related("event").first()


def waiting() -> QuerySet[SuppressedAddress]:
    """What staff have not looked at yet."""
    return SuppressedAddress.objects.filter(released_at=None, seen_at=None)


def follow(event: MailEvent) -> None:
    """Hold the address back if this event is a reason. Safe to repeat, and in any order: what
    happened before the last release is none."""
    why = _WHY.get(Kind(event.kind))
    if why is None and event.kind == Kind.SOFT_BOUNCED and _comes_back_often(event):
        why = SuppressedAddress.Why.OFTEN
    if why is None or not event.recipient:
        return
    at = event.happened_at or event.received_at
    with transaction.atomic():
        fresh = {"why": why, "event": event, "since": at}
        row, made = SuppressedAddress.objects.select_for_update().get_or_create(
            address=event.recipient, defaults=fresh
        )
        if not made and not _renew(row, fresh):
            return
    log.warning("metric suppressed_address: %s, row %s", why, row.pk)


def release(row: SuppressedAddress, act: Act, *, sends_held: bool) -> None:
    """Let mail go to this address again, and send what was held back. Safe to repeat.

    SES's own list goes first: a release that dies here is pressed again, and does nothing twice.
    Raises NotPossible if nothing holds it back.
    """
    if suppressed(row.address) is None:
        raise NotPossible(_("This address is not held back."))
    suppression_list.take_off(row.address)
    now = timezone.now()
    with transaction.atomic():
        held_back = SuppressedAddress.objects.filter(pk=row.pk, released_at=None)
        if not held_back.update(released_at=now):
            return
        count = _let_go(row.address, now) if sends_held else 0
        audit.record(
            act, "release address", row, before={"why": row.why}, after={"mails sent": count}
        )


def mark_seen(row: SuppressedAddress, act: Act) -> None:
    """Leave it held back, and let it wait for nobody. Raises NotPossible if it waits no more."""
    with transaction.atomic():
        if not waiting().filter(pk=row.pk).update(seen_at=timezone.now()):
            raise NotPossible(_("This address waits for nobody."))
        audit.record(act, "keep address held back", row, before={"why": row.why})


def held_mails(address: str) -> QuerySet[Message]:
    return Message.objects.filter(state=Message.State.HELD, to__iexact=address)


def _renew(row: SuppressedAddress, fresh: dict[str, Any]) -> bool:
    """Hold a released address back anew; False where that changes nothing for staff."""
    rows = SuppressedAddress.objects.filter(pk=row.pk)
    if row.released_at is None:
        if fresh["why"] == SuppressedAddress.Why.COMPLAINED:
            rows.update(why=fresh["why"], event=fresh["event"])
        return False
    if fresh["since"] <= row.released_at:
        return False
    rows.update(**fresh, released_at=None, seen_at=None, told_at=None)
    return True


def _let_go(address: str, now: datetime) -> int:
    """Put the held mails in line; the sweep sends them. Those that are too old are dropped."""
    held = held_mails(address)
    held.filter(created_at__lt=now - STILL_OF_USE).update(state=Message.State.DROPPED)
    return held.update(state=Message.State.WAITING, attempts=0, next_attempt_at=None, trouble="")


def _comes_back_often(event: MailEvent) -> bool:
    """Whether so many mails came back lately, and none arrived meanwhile."""
    now = event.happened_at or event.received_at
    of_theirs = MailEvent.objects.filter(
        recipient=event.recipient, happened_at__gt=now - WITHIN, happened_at__lte=now
    )
    arrived = of_theirs.filter(kind=Kind.DELIVERED)
    last = arrived.aggregate(last=Max("happened_at"))["last"]
    soft = of_theirs.filter(kind=Kind.SOFT_BOUNCED)
    if last:
        soft = soft.filter(happened_at__gt=last)
    # An automatic answer comes back like this, of a mail that did arrive.
    came_back = soft.exclude(mail_id__in=arrived.values("mail_id")).order_by()
    return came_back.values("mail_id").distinct().count() >= MOST_SOFT
