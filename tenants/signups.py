"""Sign-up with a code: redeem first, create after (founding.py), finish or give back (closing.py).

The code is spent in DynamoDB under the sign-up's own id, so every step may be repeated: by a double
click, by a reload, or by the sweep after the process died anywhere in between.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns import redemptions
from campaigns.eligibility import Customer, unaliased
from campaigns.errors import CodeRefused, NewCustomersOnly, OncePerCustomer
from campaigns.links import Origin
from campaigns.redemptions import Redemption
from tenants import closing, founding, mail
from tenants.models import NOTICES, Member, Message, SignUp

# The sweep leaves a fresh sign-up to the request that is working on it.
SWEEP_AFTER = timedelta(seconds=60)
# Where a campaign wants the address confirmed: time enough to find the mail.
HOLD_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Wish:
    """What the form asks for. `email` is casefolded."""

    email: str
    full_name: str
    company: str
    code: str
    marketing_opt_in: bool
    origin: Origin = Origin()

    def columns(self) -> dict[str, Any]:
        """Return the wish as the columns of a SignUp."""
        given = {name: value for name, value in vars(self).items() if name != "origin"}
        return {**given, **vars(self.origin)}


def sign_up(wish: Wish, *, form_key: UUID) -> SignUp:
    """Return the sign-up of this form, made or continued.

    Raises CodeRefused if the code cannot be used, and TryLater if AWS does not answer; the same
    form may then be sent again, with another code too.
    """
    row, made = SignUp.objects.get_or_create(form_key=form_key, defaults=wish.columns())
    if not made and _is_superseded(row, wish):
        _retire(row)
        row, made = SignUp.objects.get_or_create(form_key=form_key, defaults=wish.columns())
    if row.state != SignUp.State.RECEIVED:
        return row
    return _finish(row, is_first=made)


def confirm(row: SignUp) -> SignUp:
    """The person has opened their mail: spend the code that was held, and go on.

    Safe to repeat. Raises CodeRefused if somebody else has the code by now, and TryLater, after
    which the sweep goes on by itself.
    """
    now = timezone.now()
    SignUp.objects.filter(pk=row.pk, state=SignUp.State.CONFIRMING).update(
        state=SignUp.State.RECEIVED, confirmed_at=now, updated_at=now
    )
    row.refresh_from_db()
    return _finish(row, is_first=False) if row.state == SignUp.State.RECEIVED else row


def finish_left_over() -> int:
    """Finish sign-ups whose process died."""
    now = timezone.now()
    left = (
        SignUp.objects.filter(state=SignUp.State.RECEIVED, updated_at__lt=now - SWEEP_AFTER)
        .exclude(code="")
        .order_by("updated_at")[:100]
    )
    for row in left:
        try:
            _finish(row, is_first=False)
        except CodeRefused:
            continue
    return len(left)


def status(row: SignUp) -> str:
    """Return working, ready or failed: what the progress page says."""
    if row.state in (SignUp.State.REFUSED, SignUp.State.CLOSED):
        return "failed"
    if row.tenant and row.tenant.stuck:
        return "failed"
    mails = Message.objects.filter(sign_up=row).exclude(kind__in=NOTICES)
    if row.state == SignUp.State.CONFIRMING:
        mails = mails.filter(kind=Message.Kind.CONFIRM)
    else:
        mails = mails.exclude(kind=Message.Kind.CONFIRM)
    if any(message.state in Message.UNSENT for message in mails):
        return "failed"
    is_told = any(message.state == Message.State.SENT for message in mails)
    return "ready" if is_told or row.state == SignUp.State.ASKING else "working"


def is_held_back(row: SignUp) -> bool:
    """Whether its mail was not sent because mail to the address comes back."""
    mails = Message.objects.filter(sign_up=row, state=Message.State.HELD)
    return mails.exclude(kind__in=NOTICES).exists()


def _is_superseded(row: SignUp, wish: Wish) -> bool:
    if row.state == SignUp.State.REFUSED:
        return True
    is_other = not wish.columns().items() <= vars(row).items()
    return row.state == SignUp.State.RECEIVED and is_other


def _retire(row: SignUp) -> None:
    """Let a corrected form have a row, and so a use of its code, of its own.

    A request that still works on the old row finds it closed and founds nothing, and its code is
    given back under the old id alone: here, and once more by the sweep.
    """
    rows = SignUp.objects.filter(pk=row.pk, form_key=row.form_key)
    if row.state == SignUp.State.REFUSED:
        rows.filter(state=SignUp.State.REFUSED).update(form_key=uuid4())
        return
    closed = rows.filter(state=SignUp.State.RECEIVED).update(
        state=SignUp.State.CLOSED, form_key=uuid4(), updated_at=timezone.now()
    )
    if closed:
        closing.release_code(row)


def _finish(row: SignUp, *, is_first: bool) -> SignUp:
    try:
        redemption = _redeem_unless_known(row, is_first)
    except CodeRefused as error:
        SignUp.objects.filter(pk=row.pk, state=SignUp.State.RECEIVED).update(
            state=SignUp.State.REFUSED, refusal=error.code
        )
        raise
    if redemption is None:
        return row
    if redemption.held_until:
        return _await_confirmation(row, redemption.held_until)
    try:
        return founding.found_account(row, redemption)
    except IntegrityError:
        return _settle_collision(row)


def _redeem_unless_known(row: SignUp, is_first: bool) -> Redemption | None:
    """Spend or hold the code. None for a person who is known: a mail tells them so, and nobody
    who only knows their address."""
    if Member.objects.filter(email=row.email, left_at=None).exists():
        if not is_first:  # an earlier try may have spent it, before they were known
            closing.release_code(row)
        _recognise(row)
        return None
    try:
        return _redeem_or_hold(row)
    except (NewCustomersOnly, OncePerCustomer):
        _recognise(row, Message.Kind.NOT_AGAIN)
        return None


def _redeem_or_hold(row: SignUp) -> Redemption:
    by, customer, now = str(row.pk), _customer(row), timezone.now()
    if row.confirmed_at:
        return redemptions.redeem_code(row.code, redeemed_by=by, customer=customer, now=now)
    return redemptions.redeem_or_hold_code(
        row.code, redeemed_by=by, customer=customer, now=now, hold_for=HOLD_FOR
    )


def _await_confirmation(row: SignUp, held_until: datetime) -> SignUp:
    with transaction.atomic():
        changed = SignUp.objects.filter(pk=row.pk, state=SignUp.State.RECEIVED).update(
            state=SignUp.State.CONFIRMING, code_held_until=held_until
        )
        if changed:
            mail.send_worker(mail.promise(Message.Kind.CONFIRM, to=row.email, sign_up=row))
    row.refresh_from_db()
    return row


def _recognise(row: SignUp, kind: Message.Kind = Message.Kind.ALREADY_KNOWN) -> SignUp:
    """The person is known: say so by mail alone, and leave the code unspent.

    A code that is no good is refused as it would be for anybody, or the answer would tell.
    """
    answer = redemptions.check_code(row.code, now=timezone.now())
    if answer.refusal:
        raise answer.refusal
    with transaction.atomic():
        changed = SignUp.objects.filter(pk=row.pk, state=SignUp.State.RECEIVED).update(
            state=SignUp.State.KNOWN
        )
        if changed:
            message = mail.promise(kind, to=row.email, sign_up=row)
            mail.send_worker(message)
    row.refresh_from_db()
    return row


def _settle_collision(row: SignUp) -> SignUp:
    """Somebody was faster: this very sign-up twice, or another one with the same address."""
    row.refresh_from_db()
    if row.state in (SignUp.State.REFUSED, SignUp.State.CLOSED) and row.tenant_id is None:
        # Nobody comes back to this row: what this request spent is nobody's.
        closing.release_code(row)
    if row.state != SignUp.State.RECEIVED:
        return row
    closing.release_code(row)
    return _recognise(row)


def _customer(row: SignUp) -> Customer:
    is_known = Member.objects.filter(identity=unaliased(row.email)).exists()
    return Customer(email=row.email, is_known=is_known)
