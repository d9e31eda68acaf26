"""From the queue to a row, and from the row to the agreement: nothing is lost or counted twice.

A notice is kept first, then the message is deleted, then the notice is applied. Whoever dies in
between leaves either the message or the row, and the next one goes on from there.
"""

import logging

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from adapters import queues
from adapters.marketplace_notices import Names, Unreadable, digest_of, read_notice
from marketplace.agreements import find, find_or_begin
from marketplace.models import Agreement, Notice
from marketplace.settling import settle, told_by

log = logging.getLogger(__name__)

MOST_AT_ONCE = 200


def take_notices() -> int:
    """Take what waits in the queue, then whatever an earlier one kept and did not apply."""
    taken = 0
    if settings.NOTICES_QUEUE_URL:
        while taken < MOST_AT_ONCE and (came := _take_some()):
            taken += came
    apply_waiting()
    return taken


def apply_waiting() -> int:
    """Apply what was kept and not applied. Safe to run twice at the same time."""
    due = list(waiting()[:MOST_AT_ONCE])
    for notice in due:
        apply_calmly(notice)
    return len(due)


def waiting() -> QuerySet[Notice]:
    return Notice.objects.filter(state=Notice.State.WAITING).order_by("received_at")


def save(body: str) -> Notice:
    """Keep a notice word for word, once: a second copy is counted on the row of the first."""
    # PostgreSQL keeps no NUL, and no half of a pair, in a text.
    body = body.encode(errors="replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
    channel, message_id = _identity(body)
    notice, made = Notice.objects.get_or_create(
        channel=channel, message_id=message_id, defaults={"body": body}
    )
    if not made:
        Notice.objects.filter(pk=notice.pk).update(copies=F("copies") + 1)
    return notice


def apply(notice: Notice) -> None:
    """Let the notice have its effect. Safe to repeat: the effect is computed from all notices."""
    try:
        told = told_by(notice)
    except Unreadable as error:
        _close(notice, Notice.State.UNREADABLE, trouble=str(error))
        return
    noted = {"kind": told.kind, "occurred_at": told.occurred_at}
    if not told.is_known or not told.names.names_an_agreement:
        why = "" if not told.is_known else "it names no agreement"
        _close(notice, Notice.State.UNKNOWN, agreement=_known(told.names), trouble=why, **noted)
        return
    # A row that the others can see: who waits for one half begun may wait in a circle.
    if find(told.names) is None:
        find_or_begin(told.names)
    with transaction.atomic():
        agreement = find_or_begin(told.names)
        _close(notice, Notice.State.APPLIED, agreement=agreement, **noted)
        Agreement.objects.filter(pk=agreement.pk).update(look_due_at=timezone.now())
        settle(agreement)
    _wake_moved(agreement)


def _wake_moved(agreement: Agreement) -> None:
    """An agreement of somebody whom a legacy listing knew by another name: a look tells whether it
    is the same one (looking.py)."""
    if agreement.account_id and agreement.agreement_id:
        names = {"account_id": agreement.account_id, "product_code": agreement.product_code}
        Agreement.objects.filter(agreement_id="", **names).update(look_due_at=timezone.now())


def apply_calmly(notice: Notice) -> bool:
    """Apply it, unless another worker is in the way: then it waits for the next sweep."""
    try:
        apply(notice)
    except OperationalError as error:
        log.warning("notice %s waits for the next sweep: %s", notice.pk, type(error).__name__)
        return False
    return True


def _take_some() -> int:
    with queues.holding(settings.NOTICES_QUEUE_URL, most=queues.MOST_A_CALL) as letters:
        kept = []
        for letter in letters:
            kept.append(save(letter.body))
            queues.discard(settings.NOTICES_QUEUE_URL, letter)
    for notice in kept:
        apply_calmly(notice)
    return len(letters)


def _identity(body: str) -> tuple[str, str]:
    try:
        read = read_notice(body)
    except Unreadable:
        return Notice.Channel.OTHER, digest_of(body)
    return read.channel, read.message_id


def _known(names: Names) -> Agreement | None:
    return find(names) if names.names_an_agreement else None


def _close(notice: Notice, state: str, **facts: object) -> None:
    Notice.objects.filter(pk=notice.pk).exclude(state=Notice.State.DISMISSED).update(
        state=state, **facts
    )
