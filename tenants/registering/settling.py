"""From a proved address to an account: a customer founded, or a colleague who joins one.

The trigger tells it through a queue, the page that took the code tells it at once, and the sweep
finds what neither told. Whoever is first makes the account; the others find it there.
"""

import logging
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from adapters import queues, user_pool
from adapters.errors import OutsideError, TryLater
from adapters.registrations import (
    Place,
    Registration,
    Unreadable,
    own_place,
    place_of,
    read_message,
)
from backoffice import audit
from backoffice.audit import SYSTEM
from tenants import founding, mail
from tenants.joining import answering, telling
from tenants.joining import asking as joining
from tenants.models import Grant, JoinRequest, Member, Message, SignUp, Tenant

log = logging.getLogger(__name__)

MOST_AT_ONCE = 100
# The request that took the code is still at work for so long.
SWEEP_AFTER = timedelta(seconds=60)
# How many people the sweep asks Cognito about at a time.
MOST_ASKED_FOR = 20


def settle(registration: Registration) -> None:
    """Make the account of this person, once, however often and by whomever it is told.

    That their address is proved is kept before anything else. Raises TryLater, after which the
    sweep makes the account.
    """
    row = _proved(registration)
    if row.state != SignUp.State.RECEIVED:
        return
    place = place_of(registration)
    try:
        with transaction.atomic():
            _settle(row, registration, place)
    except IntegrityError:
        log.info("registration %s was settled by another worker", row.pk)


def settle_calmly(registration: Registration) -> bool:
    """Settle it now, or leave it to the sweep."""
    try:
        settle(registration)
    except OutsideError as error:
        log.warning("a registration waits for the next sweep: %s", error)
        return False
    return True


def take_registrations() -> int:
    """Take what the trigger told; a message is deleted once it is kept."""
    taken = 0
    while settings.REGISTRATIONS_QUEUE_URL and taken < MOST_AT_ONCE and (came := _take_some()):
        taken += came
    return taken


def take(body: str) -> None:
    """Keep what a message tells, and settle it if that can be done now."""
    try:
        settle_calmly(read_message(body))
    except Unreadable:
        log.error("metric registrations_unreadable: 1")


def settle_left_over() -> int:
    """Settle what a dead process left, and what Cognito confirmed without anybody telling us."""
    overdue = timezone.now() - SWEEP_AFTER
    rows = SignUp.objects.filter(is_open=True, updated_at__lt=overdue).exclude(user_id="")
    proved = list(
        rows.filter(state=SignUp.State.RECEIVED, confirmed_at__isnull=False)[:MOST_AT_ONCE]
    )
    waiting = rows.filter(state=SignUp.State.CONFIRMING).order_by("updated_at")[:MOST_ASKED_FOR]
    for row in proved + [row for row in waiting if _is_confirmed(row)]:
        settle_calmly(Registration(row.user_id, row.email))
    return len(proved)


def _is_confirmed(row: SignUp) -> bool:
    """Ask Cognito, and not again before the others had their turn."""
    SignUp.objects.filter(pk=row.pk).update(updated_at=timezone.now())
    try:
        user = user_pool.find_user(settings.USER_POOL_ID, row.email)
    except TryLater:
        return False
    return bool(user and user.user_id == row.user_id and user.status == user_pool.CONFIRMED)


def _take_some() -> int:
    url = settings.REGISTRATIONS_QUEUE_URL
    with queues.holding(url, most=queues.MOST_A_CALL) as letters:
        for letter in letters:
            take(letter.body)
            queues.discard(url, letter)
    return len(letters)


def _proved(registration: Registration) -> SignUp:
    row, now = _row_of(registration), timezone.now()
    SignUp.objects.filter(pk=row.pk, state=SignUp.State.CONFIRMING).update(
        state=SignUp.State.RECEIVED, confirmed_at=now, updated_at=now
    )
    row.refresh_from_db()
    return row


def _row_of(registration: Registration) -> SignUp:
    """Return the newest form of this person, or one for who came without our pages."""
    rows = SignUp.objects.filter(user_id=registration.user_id).order_by("-created_at")
    row = rows.exclude(state=SignUp.State.CLOSED).first()
    if row:
        return row
    row, _made = SignUp.objects.get_or_create(
        form_key=uuid5(NAMESPACE_URL, registration.user_id),
        defaults={
            "email": registration.email,
            "full_name": registration.email.partition("@")[0],
            "company": registration.email.rpartition("@")[2],
            "is_open": True,
            "user_id": registration.user_id,
            "state": SignUp.State.CONFIRMING,
        },
    )
    return row


def _settle(row: SignUp, registration: Registration, place: Place) -> None:
    if not SignUp.objects.filter(pk=row.pk, state=SignUp.State.RECEIVED).exists():
        return
    if _is_known(row):
        return
    host = Tenant.objects.filter(pk=place.tenant_id, state=Tenant.State.ACTIVE).first()
    if place.is_new and joining.ask(row):
        return
    if place.is_new or host is None or not _join(row, host, place):
        _found(row, own_place(registration))


def found_own(row: SignUp) -> None:
    """Whoever asked to join, and waits or was refused, opens an account of their own instead.

    Safe to repeat, and does nothing for somebody who was let in meanwhile.
    """
    try:
        with transaction.atomic():
            _found_instead(row)
    except IntegrityError:
        log.info("registration %s was settled by another worker", row.pk)


def _found_instead(row: SignUp) -> None:
    asked = JoinRequest.objects.filter(sign_up=row).first()
    mine = SignUp.objects.filter(pk=row.pk, state=SignUp.State.ASKING)
    if asked is None or not mine.update(state=SignUp.State.RECEIVED, updated_at=timezone.now()):
        return
    joining.end(asked, JoinRequest.State.WITHDRAWN)
    row.refresh_from_db()
    if not _is_known(row):
        _found(row, own_place(Registration(row.user_id, row.email)))


def _is_known(row: SignUp) -> bool:
    """Somebody invited them, or they came with a code, meanwhile: that account is theirs."""
    if not Member.objects.filter(email=row.email, left_at=None).exists():
        return False
    SignUp.objects.filter(pk=row.pk).update(state=SignUp.State.KNOWN)
    mail.send_worker(mail.promise(Message.Kind.ALREADY_KNOWN, to=row.email, sign_up=row))
    return True


def _found(row: SignUp, place: Place) -> None:
    tenant = founding.found_without_code(row, tenant_id=place.tenant_id)
    Grant.objects.create(
        tenant=tenant,
        source=Grant.Source.OPEN,
        tier=settings.OPEN_REGISTRATION_TIER,
        starts_at=timezone.now(),
    )


def _join(row: SignUp, host: Tenant, place: Place) -> bool:
    """Their address is of a domain that the customer proved to be theirs, and lets in; False where
    the customer has no room for one more."""
    member = answering.let_in(row, host, place.role)
    if member is None:
        return False
    audit.record(SYSTEM, "join by domain", host, after={"email": row.email, "role": place.role})
    telling.tell_joined(member)
    return True
