"""Sign-up with a code: redeem first, create after, finish or give back whatever happens.

The code is spent in DynamoDB under the sign-up's own id, so every step may be repeated: by a double
click, by a reload, or by the sweep after the process died anywhere in between.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from adapters.definitions import name_of
from campaigns import projection, redemptions
from campaigns.errors import CodeRefused
from campaigns.links import Origin
from campaigns.models import Campaign
from campaigns.redemptions import Redemption
from tenants import mail, notices, reconcile
from tenants.models import NOTICES, ApiKey, Grant, Member, Message, SignUp, Tenant

# The sweep leaves a fresh sign-up to the request that is working on it.
SWEEP_AFTER = timedelta(seconds=60)
CLOSE_UNOPENED_AFTER = timedelta(days=14)


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
    if row.state not in (SignUp.State.RECEIVED, SignUp.State.REFUSED):
        return row
    if not made:
        _correct(row, wish)
    return _finish(row)


def finish_left_over() -> int:
    """Finish sign-ups whose process died, and give back the codes of those that were closed."""
    now = timezone.now()
    left = SignUp.objects.filter(
        state=SignUp.State.RECEIVED, updated_at__lt=now - SWEEP_AFTER
    ).order_by("updated_at")[:100]
    for row in left:
        try:
            _finish(row)
        except CodeRefused:
            continue
    for row in SignUp.objects.filter(
        state=SignUp.State.CLOSED, code_released_at=None, tenant__stuck=False
    ).select_related("tenant")[:100]:
        _release_when_gone(row)
    return len(left)


def close_unopened() -> int:
    """Close accounts whose owner never chose a password: 14 days after the sign-up."""
    overdue = SignUp.objects.filter(
        state=SignUp.State.PROVISIONING,
        created_at__lt=timezone.now() - CLOSE_UNOPENED_AFTER,
        tenant__members__password_set_at=None,
    )[:100]
    for row in overdue:
        close(row)
    return len(overdue)


@transaction.atomic
def close(row: SignUp) -> None:
    """Take everything down; the code is given back once user and key are gone."""
    SignUp.objects.filter(pk=row.pk).update(state=SignUp.State.CLOSED)
    if row.tenant:
        close_tenant(row.tenant)


@transaction.atomic
def close_tenant(tenant: Tenant) -> None:
    """Close the account and, where its owner never came in, the sign-up that led to it."""
    Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.CLOSED)
    members = list(tenant.members.filter(left_at=None))
    for member in members:
        mail.drop_waiting(member)
    if all(member.password_set_at is None for member in members):
        SignUp.objects.filter(tenant=tenant).update(state=SignUp.State.CLOSED)
    reconcile.request_reconcile(tenant)


def status(row: SignUp) -> str:
    """Return working, ready or failed: what the progress page says."""
    if row.state in (SignUp.State.REFUSED, SignUp.State.CLOSED):
        return "failed"
    if row.tenant and row.tenant.stuck:
        return "failed"
    mails = Message.objects.filter(sign_up=row).exclude(kind__in=NOTICES)
    if any(message.state == Message.State.STUCK for message in mails):
        return "failed"
    return "ready" if any(message.state == Message.State.SENT for message in mails) else "working"


def _correct(row: SignUp, wish: Wish) -> None:
    """Take the corrected form. What an earlier try may have spent is given back first."""
    if row.state == SignUp.State.RECEIVED and wish.columns().items() <= vars(row).items():
        return
    if row.state == SignUp.State.RECEIVED and row.code != wish.code:
        redemptions.release_code(row.code, redeemed_by=str(row.pk))
    for name, value in wish.columns().items():
        setattr(row, name, value)
    row.state = SignUp.State.RECEIVED
    row.refusal = ""
    row.save()


def _finish(row: SignUp) -> SignUp:
    try:
        if Member.objects.filter(email=row.email, left_at=None).exists():
            return _recognise(row)
        redemption = redemptions.redeem_code(row.code, redeemed_by=str(row.pk), now=timezone.now())
    except CodeRefused as error:
        SignUp.objects.filter(pk=row.pk, state=SignUp.State.RECEIVED).update(
            state=SignUp.State.REFUSED, refusal=error.code
        )
        raise
    try:
        return _found(row, redemption)
    except IntegrityError:
        return _settle_collision(row)


def _recognise(row: SignUp) -> SignUp:
    """The address has an account: say so by mail alone, and leave the code unspent.

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
            message = mail.promise(Message.Kind.ALREADY_KNOWN, to=row.email, sign_up=row)
            mail.send_worker(message)
    row.refresh_from_db()
    return row


def _found(row: SignUp, redemption: Redemption) -> SignUp:
    """Make tenant, owner, grant, key and the promises of mails, in one transaction."""
    now = timezone.now()
    with transaction.atomic():
        campaign = Campaign.objects.get(public_id=redemption.campaign)
        tenant = Tenant.objects.create(company=row.company)
        owner = _make_owner(tenant, row, now)
        _grant(tenant, redemption, campaign)
        want_key(tenant)
        projection.record_redemption(redemption)
        mail.promise(Message.Kind.WELCOME, to=owner.email, member=owner, sign_up=row)
        kept = SignUp.objects.filter(pk=row.pk, state=SignUp.State.RECEIVED).update(
            state=SignUp.State.PROVISIONING, tenant=tenant, campaign=campaign
        )
        if not kept:
            raise IntegrityError("another request finished this sign-up")
        notices.promise_notices(row, campaign)
        reconcile.send_worker(tenant)
    row.refresh_from_db()
    return row


def _settle_collision(row: SignUp) -> SignUp:
    """Somebody was faster: this very sign-up twice, or another one with the same address."""
    row.refresh_from_db()
    if row.state != SignUp.State.RECEIVED:
        return row
    redemptions.release_code(row.code, redeemed_by=str(row.pk))
    return _recognise(row)


def _make_owner(tenant: Tenant, row: SignUp, now: datetime) -> Member:
    return Member.objects.create(
        tenant=tenant,
        email=row.email,
        full_name=row.full_name,
        role=Member.Role.OWNER,
        terms_accepted_at=now,
        marketing_opt_in_at=now if row.marketing_opt_in else None,
    )


def _grant(tenant: Tenant, redemption: Redemption, campaign: Campaign) -> Grant:
    return Grant.objects.create(
        tenant=tenant,
        source=Grant.Source.PROMO,
        tier=redemption.tier,
        campaign=campaign,
        starts_at=redemption.redeemed_at,
    )


def want_key(tenant: Tenant) -> ApiKey:
    """Say that the tenant shall have a key. The name is what makes its creation repeatable."""
    number = tenant.keys.count() + 1
    return ApiKey.objects.create(tenant=tenant, name=f"{name_of('key')}-{tenant.pk}-{number}")


def _release_when_gone(row: SignUp) -> None:
    """Only when nothing works any more is the code free for somebody else."""
    if row.tenant and not row.tenant.is_reconciled:
        return
    if row.code:
        redemptions.release_code(row.code, redeemed_by=str(row.pk))
    now = timezone.now()
    with transaction.atomic():
        projection.record_release(str(row.pk))
        SignUp.objects.filter(pk=row.pk).update(code_released_at=now)
