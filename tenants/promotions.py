"""A code of an existing customer: it upgrades or extends what they have, or stays unspent.

A customer redeems one code once, whoever of them does it and however often the form is sent. The
code is spent under the id of the row, so every step may be repeated.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters.definitions import definition
from backoffice import audit
from backoffice.audit import SYSTEM, Act
from campaigns import projection, redemptions, rules
from campaigns.eligibility import Customer
from campaigns.errors import CodeRefused
from campaigns.models import Campaign
from campaigns.models import Redemption as RedemptionRow
from campaigns.redemptions import Answer, Redemption
from tenants import reconcile
from tenants.errors import NotPossible
from tenants.models import Grant, Member, Promotion, SignUp, Tenant

_BEFORE = gettext_lazy("This account has redeemed that code before. Once is the limit.")
SWEEP_AFTER = timedelta(seconds=60)


class NothingToGain(NotPossible):
    """The customer has as much already, for as long."""

    code = "nothing_to_gain"


class RedeemedBefore(NotPossible):
    code = "redeemed_before"


class NotOpen(NotPossible):
    """The account is suspended or closed."""

    code = "account_not_open"


def redeem_for(member: Member, typed: str, act: Act = SYSTEM) -> Promotion:
    """Redeem a code for this person's account and return what became of it.

    Raises CodeRefused, NothingToGain, RedeemedBefore or NotOpen, and then the code is unspent; or
    TryLater, after which the sweep goes on by itself if the code was spent.
    """
    tenant = Tenant.objects.get(pk=member.tenant_id)
    code = redemptions.parse(typed)
    if tenant.state == Tenant.State.CLOSED or tenant.is_suspended:
        raise NotOpen(_("This account is not open, so no code can be redeemed for it."))
    rows = Promotion.objects.filter(tenant=tenant, code=code)
    before = RedeemedBefore(_BEFORE)
    if rows.filter(state=Promotion.State.GRANTED).exists() or _signed_up_with(tenant, code):
        raise before
    if not rows.filter(state=Promotion.State.REDEEMING).exists():
        try:
            _require_gain(tenant, member, code)
        except (CodeRefused, NothingToGain):
            # A form that was sent twice: the other request is ahead of this one.
            if rows.exclude(state=Promotion.State.REFUSED).exists():
                raise before from None
            raise
    row, _made = Promotion.objects.get_or_create(
        tenant=tenant, code=code, defaults={"member": member}
    )
    rows.filter(state=Promotion.State.REFUSED).update(state=Promotion.State.REDEEMING)
    return _finish(row, act)


def check_for(member: Member, typed: str) -> Answer:
    """Say what a code would give this person's account; nothing is spent.

    Raises CodeRefused, RedeemedBefore or NothingToGain.
    """
    code, tenant = redemptions.parse(typed), member.tenant
    granted = Promotion.objects.filter(tenant=tenant, code=code, state=Promotion.State.GRANTED)
    if granted.exists() or _signed_up_with(tenant, code):
        raise RedeemedBefore(_BEFORE)
    return _require_gain(tenant, member, code)


def finish_left_over() -> int:
    """Finish what a dead process left after it may have spent a code."""
    left = Promotion.objects.filter(
        state=Promotion.State.REDEEMING, updated_at__lt=timezone.now() - SWEEP_AFTER
    ).select_related("member")[:100]
    for row in left:
        try:
            _finish(row, SYSTEM)
        except CodeRefused:
            continue
    return len(left)


def _finish(row: Promotion, act: Act) -> Promotion:
    now = timezone.now()
    customer = Customer(row.member.email, is_known=True)
    try:
        redemption = redemptions.redeem_code(
            row.code, redeemed_by=str(row.pk), customer=customer, now=now
        )
    except CodeRefused:
        redeeming = Promotion.objects.filter(pk=row.pk, state=Promotion.State.REDEEMING)
        redeeming.update(state=Promotion.State.REFUSED)
        raise
    _grant(row, redemption, act)
    row.refresh_from_db()
    return row


@transaction.atomic
def _grant(row: Promotion, redemption: Redemption, act: Act) -> None:
    """Of two processes that come here with one row, one writes the grant."""
    redeeming = Promotion.objects.filter(pk=row.pk, state=Promotion.State.REDEEMING)
    if not redeeming.update(state=Promotion.State.GRANTED):
        return
    tenant = row.tenant
    starts_at = _start(tenant, redemption.tier, redemption.redeemed_at) or redemption.redeemed_at
    days = redemption.access_days
    grant = Grant.objects.create(
        tenant=tenant,
        source=Grant.Source.PROMO,
        tier=redemption.tier,
        campaign=Campaign.objects.get(public_id=redemption.campaign),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=days) if days else None,
    )
    Promotion.objects.filter(pk=row.pk).update(grant=grant)
    projection.record_redemption(redemption, origin={})
    gained = {"tier": grant.tier, "starts": starts_at, "ends": grant.ends_at}
    audit.record(
        act,
        "redeem code",
        tenant,
        after={"code": rules.masked(row.code), **{name: str(at) for name, at in gained.items()}},
    )
    reconcile.request_reconcile(tenant)


def _require_gain(tenant: Tenant, member: Member, code: str) -> Answer:
    """Ask before spending. Raises CodeRefused or NothingToGain."""
    now = timezone.now()
    customer = Customer(member.email, is_known=True)
    answer = redemptions.check_code(code, now=now, customer=customer)
    if answer.refusal:
        raise answer.refusal
    if answer.gate and _start(tenant, answer.gate.tier, now) is None:
        raise NothingToGain(
            _("This code gives nothing that the account does not have. It was not spent.")
        )
    return answer


def _start(tenant: Tenant, tier: str, now: datetime) -> datetime | None:
    """Return when this tier would begin to help: now, or when what is as good ends; None: never.

    What staff granted goes before every promotion.
    """
    tiers = list(definition("tiers"))
    as_good = [
        grant
        for grant in tenant.grants.filter(ended_at=None)
        if grant.source == Grant.Source.STAFF or tiers.index(grant.tier) >= tiers.index(tier)
    ]
    if any(grant.ends_at is None for grant in as_good):
        return None
    return max((now, *(grant.ends_at for grant in as_good if grant.ends_at)))


def _signed_up_with(tenant: Tenant, code: str) -> bool:
    sign_up = SignUp.objects.filter(tenant=tenant).first()
    used = RedemptionRow.objects.filter(code=code, released_at=None)
    return sign_up is not None and used.filter(redeemed_by=str(sign_up.pk)).exists()
