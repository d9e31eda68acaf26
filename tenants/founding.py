"""Founding an account: what a redeemed code, or a subscription, makes of a sign-up, all of it in
one transaction."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns import projection
from campaigns.eligibility import unaliased
from campaigns.models import Campaign
from campaigns.redemptions import Redemption
from tenants import keys, mail, notices, reconcile
from tenants.models import Grant, Member, Message, SignUp, Tenant
from tenants.newsletters import consents


def found_account(row: SignUp, redemption: Redemption) -> SignUp:
    """Make tenant, owner, grant, key and the promises of mails.

    Raises IntegrityError, and makes nothing, if another request was faster.
    """
    with transaction.atomic():
        campaign = Campaign.objects.get(public_id=redemption.campaign)
        tenant = found_without_code(row, campaign=campaign)
        _grant(tenant, redemption, campaign)
        projection.record_redemption(redemption, origin=vars(row))
        notices.promise_notices(row, campaign)
    row.refresh_from_db()
    return row


@transaction.atomic
def found_without_code(row: SignUp, *, campaign: Campaign | None = None) -> Tenant:
    """Make tenant, owner, key and the welcome mail; what they may do is the caller's to grant, in
    the same transaction.

    Raises IntegrityError, and makes nothing, if another request was faster or the address has an
    account.
    """
    tenant = Tenant.objects.create(company=row.company)
    owner = _make_owner(tenant, row, timezone.now())
    keys.want_key(tenant)
    mail.promise(Message.Kind.WELCOME, to=owner.email, member=owner, sign_up=row)
    kept = SignUp.objects.filter(pk=row.pk, state=SignUp.State.RECEIVED).update(
        state=SignUp.State.PROVISIONING, tenant=tenant, campaign=campaign
    )
    if not kept:
        raise IntegrityError("another request finished this sign-up")
    if row.marketing_opt_in:
        consents.give(owner, source=consents.Source.SIGN_UP)
    reconcile.send_worker(tenant)
    return tenant


def _make_owner(tenant: Tenant, row: SignUp, now: datetime) -> Member:
    return Member.objects.create(
        tenant=tenant,
        email=row.email,
        identity=unaliased(row.email),
        full_name=row.full_name,
        role=Member.Role.OWNER,
        terms_accepted_at=now,
    )


def _grant(tenant: Tenant, redemption: Redemption, campaign: Campaign) -> Grant:
    return Grant.objects.create(
        tenant=tenant,
        source=Grant.Source.PROMO,
        tier=redemption.tier,
        campaign=campaign,
        starts_at=redemption.redeemed_at,
        ends_at=_end(redemption),
    )


def _end(redemption: Redemption) -> datetime | None:
    days = redemption.access_days
    return redemption.redeemed_at + timedelta(days=days) if days else None
