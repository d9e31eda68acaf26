"""Closing: accounts that ended, sign-ups that led nowhere, and their codes given back."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from campaigns import projection, redemptions
from campaigns.errors import CodeMisspelled
from tenants import confirmations, mail, reconcile
from tenants.domains import claiming
from tenants.joining import asking
from tenants.models import Grant, SignUp, Tenant
from tenants.newsletters import consents

CLOSE_UNOPENED_AFTER = timedelta(days=14)
# A request that began before its sign-up was closed may spend the code until it ends.
LATE_REQUESTS = timedelta(seconds=60)


def close_unopened() -> int:
    """Close accounts whose owner never chose a password: 14 days after the sign-up.

    Not those that a subscription pays for, whether they came by it or were given it since.
    """
    paid = Grant.objects.filter(source=Grant.Source.MARKETPLACE, ended_at=None).values("tenant")
    overdue = (
        SignUp.objects.filter(
            state=SignUp.State.PROVISIONING,
            created_at__lt=timezone.now() - CLOSE_UNOPENED_AFTER,
        )
        .exclude(code="", is_open=False)
        .exclude(tenant=None)
        .exclude(tenant__in=came_in())
        .exclude(tenant__in=paid)[:100]
    )
    for row in overdue:
        close_sign_up(row)
    return len(overdue)


def came_in() -> QuerySet[Tenant]:
    """Customers of whom somebody has ever chosen a password. A reset takes the password and leaves
    its own date; a colleague who was invited and has not come yet does not count."""
    once = Q(members__password_set_at__isnull=False) | Q(members__sign_out_wanted_at__isnull=False)
    return Tenant.objects.filter(once)


@transaction.atomic
def close_sign_up(row: SignUp) -> None:
    """Take everything down; the code is given back once user and key are gone."""
    SignUp.objects.filter(pk=row.pk).update(state=SignUp.State.CLOSED)
    if row.tenant:
        close_tenant(row.tenant)


@transaction.atomic
def close_tenant(tenant: Tenant) -> None:
    """Close the account and, where its owner never came in, the sign-up that led to it."""
    Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.CLOSED)
    claiming.end_all(tenant)
    for request in tenant.join_requests.filter(state="waiting"):
        asking.expire(request)
    members = list(tenant.members.filter(left_at=None))
    for member in members:
        mail.drop_waiting(member)
        consents.withdraw(member, by=consents.End.CLOSED)
    if not came_in().filter(pk=tenant.pk).exists():
        SignUp.objects.filter(tenant=tenant).update(state=SignUp.State.CLOSED)
    reconcile.request_reconcile(tenant)


def close_unconfirmed() -> int:
    """Close sign-ups whose mail nobody opened; `give_back_codes` lets go of their codes."""
    overdue = SignUp.objects.filter(
        state=SignUp.State.CONFIRMING, created_at__lt=timezone.now() - confirmations.LIFETIME
    )[:100]
    for row in overdue:
        # Whoever confirms at this moment has it or finds it closed: nothing is given back yet.
        SignUp.objects.filter(pk=row.pk, state=SignUp.State.CONFIRMING).update(
            state=SignUp.State.CLOSED, updated_at=timezone.now()
        )
    return len(overdue)


def give_back_codes() -> int:
    """Give back the codes of sign-ups that were closed, once nothing of theirs works any more."""
    left_alone = Q(tenant=None, updated_at__lt=timezone.now() - LATE_REQUESTS)
    closed = SignUp.objects.filter(
        Q(tenant__stuck=False) | left_alone, state=SignUp.State.CLOSED, code_released_at=None
    ).select_related("tenant")[:100]
    for row in closed:
        _release_when_gone(row)
    return len(closed)


def release_code(row: SignUp) -> bool:
    """Give back the use that this sign-up has of its code. False if it has none."""
    try:
        return redemptions.release_code(row.code, redeemed_by=str(row.pk), now=timezone.now())
    except CodeMisspelled:
        return False


def _release_when_gone(row: SignUp) -> None:
    """Only when nothing works any more is the code free for somebody else."""
    if row.tenant and not row.tenant.is_reconciled:
        return
    release_code(row)
    now = timezone.now()
    with transaction.atomic():
        projection.record_release(str(row.pk))
        SignUp.objects.filter(pk=row.pk).update(code_released_at=now)
