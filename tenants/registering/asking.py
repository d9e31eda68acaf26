"""Signing up without a code: Cognito proves the address by a code of its own in a mail.

What a visitor sees is the same whether their address has an account or not: the page that asks for
the code. Whoever has an account finds a mail that says so, and no code is right.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from adapters import own_sign_up, user_pool
from adapters.errors import AlreadyThere, OutsideError
from adapters.own_sign_up import CodeWrong
from adapters.registrations import Registration
from tenants import confirmations, mail
from tenants.joining import asking as joining
from tenants.joining import telling
from tenants.models import Member, Message, SignUp
from tenants.registering import settling
from tenants.signups import Wish

# A mail takes a while, and impatience would fill a mailbox.
BETWEEN_CODES = timedelta(seconds=30)
_BEFORE_THE_CODE = (SignUp.State.RECEIVED, SignUp.State.CONFIRMING, SignUp.State.KNOWN)


def register(wish: Wish, *, form_key: UUID) -> SignUp:
    """Return the registration of this form, made or continued; Cognito has mailed a code.

    A form that comes again with something else in it (a corrected address) is another registration.
    Raises TryLater, after which the same form may be sent again.
    """
    wanted = {**wish.columns(), "is_open": True}
    row, _made = SignUp.objects.get_or_create(form_key=form_key, defaults=wanted)
    if not wanted.items() <= vars(row).items():
        SignUp.objects.filter(pk=row.pk, form_key=form_key).update(form_key=uuid4())
        row, _made = SignUp.objects.get_or_create(form_key=form_key, defaults=wanted)
    if row.state != SignUp.State.RECEIVED or row.confirmed_at:
        return row
    user_id = _sign_up(row.email)
    if user_id:
        SignUp.objects.filter(pk=row.pk, state=SignUp.State.RECEIVED).update(
            state=SignUp.State.CONFIRMING, user_id=user_id, code_sent_at=timezone.now()
        )
    else:
        _recognise(row)
    row.refresh_from_db()
    return row


def confirm(row: SignUp, code: str) -> None:
    """Let Cognito look at the code, then make the account.

    Raises CodeWrong, NothingToConfirm or TryLater.
    """
    if row.state != SignUp.State.CONFIRMING:
        raise CodeWrong
    own_sign_up.confirm(settings.USER_POOL_CLIENT_ID, row.email, code)
    settling.settle_calmly(Registration(row.user_id, row.email))


def send_another_code(row: SignUp) -> None:
    """Have a second code mailed, unless the last one is on its way. Raises TryLater."""
    now = timezone.now()
    is_due = SignUp.objects.filter(pk=row.pk).exclude(code_sent_at__gt=now - BETWEEN_CODES)
    if not is_due.update(code_sent_at=now):
        return
    if row.state == SignUp.State.CONFIRMING:
        own_sign_up.send_another_code(settings.USER_POOL_CLIENT_ID, row.email)


def seconds_to_wait(row: SignUp, now: datetime) -> int:
    """Return after how many seconds another code may be asked for."""
    if row.code_sent_at is None:
        return 0
    return max(0, round((row.code_sent_at + BETWEEN_CODES - now).total_seconds()))


def awaits_code(row: SignUp) -> bool:
    """Whether its page is the one that asks for the code: also where no code can be right."""
    return row.is_open and row.confirmed_at is None and row.state in _BEFORE_THE_CODE


def _sign_up(email: str) -> str:
    """Return the id of a user who waits for a code; empty for an address that has an account.

    Cognito is asked in either case, so that neither takes longer.
    """
    try:
        user_id = own_sign_up.sign_up(settings.USER_POOL_CLIENT_ID, email)
    except AlreadyThere:
        user_id = _unconfirmed_user(email)
    return "" if Member.objects.filter(email=email, left_at=None).exists() else user_id


def _unconfirmed_user(email: str) -> str:
    """Whoever did not go on the last time starts again: a new code, and the old ones are void."""
    user = user_pool.find_user(settings.USER_POOL_ID, email)
    if user is None or user.status != user_pool.UNCONFIRMED:
        return ""
    own_sign_up.send_another_code(settings.USER_POOL_CLIENT_ID, email)
    return user.user_id


@transaction.atomic
def _recognise(row: SignUp) -> None:
    changed = SignUp.objects.filter(pk=row.pk, state=SignUp.State.RECEIVED).update(
        state=SignUp.State.KNOWN, code_sent_at=timezone.now()
    )
    if not changed:
        return
    if asked := joining.last_of(row.email):
        telling.tell_asker(asked, sign_up=row)
    else:
        mail.send_worker(mail.promise(Message.Kind.ALREADY_KNOWN, to=row.email, sign_up=row))


def close_forgotten() -> int:
    """Forget the users of registrations that nobody confirmed: their addresses are free again.

    Forms that Cognito was too busy for, and that nobody sent again, are closed here, too.
    """
    overdue = timezone.now() - confirmations.LIFETIME
    SignUp.objects.filter(
        is_open=True, state=SignUp.State.RECEIVED, confirmed_at=None, created_at__lt=overdue
    ).update(state=SignUp.State.CLOSED, updated_at=timezone.now())
    closed = SignUp.objects.filter(
        is_open=True, state=SignUp.State.CLOSED, tenant=None, confirmed_at=None
    ).exclude(user_id="")[:100]
    for row in closed:
        try:
            _forget(row)
        except OutsideError:
            continue
    return len(closed)


def _forget(row: SignUp) -> None:
    user = user_pool.find_user(settings.USER_POOL_ID, row.email)
    others = SignUp.objects.filter(user_id=row.user_id).exclude(pk=row.pk)
    is_taken_up = others.exclude(state=SignUp.State.CLOSED).exists()
    theirs = user if user and user.user_id == row.user_id else None
    if theirs and theirs.status == user_pool.UNCONFIRMED and not is_taken_up:
        user_pool.delete_user(settings.USER_POOL_ID, theirs.user_id)
    SignUp.objects.filter(pk=row.pk).update(user_id="")
