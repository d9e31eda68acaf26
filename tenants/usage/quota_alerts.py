"""Telling a customer that their quota is being used up: once a period, tier and threshold."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from tenants import mail
from tenants.models import Member, Message, QuotaAlert, Tenant
from tenants.usage.quota_use import KeyUse, Quota, quota_now, uses_of


def raise_alerts(tenant: Tenant, now: datetime) -> QuotaAlert | None:
    """Promise the mails of the highest threshold that the fullest key has reached, if they were
    not promised before.

    A jump over several tells only of the highest. After a change of tier the quota is another one,
    and so are its alerts.
    """
    quota = quota_now(tenant, now)
    if quota is None or tenant.state == Tenant.State.CLOSED:
        return None
    fullest = next(iter(uses_of(tenant, quota, now=now)), None)
    reached = [each for each in QuotaAlert.Threshold if fullest and fullest.percent >= each]
    if fullest is None or not reached:
        return None
    return _raise(tenant, quota, fullest, max(reached), now)


@transaction.atomic
def _raise(
    tenant: Tenant, quota: Quota, fullest: KeyUse, threshold: int, now: datetime
) -> QuotaAlert | None:
    period = quota.period_at(now.astimezone(UTC).date())
    same = {"tenant": tenant, "tier": quota.tier, "period_first": period.first}
    if QuotaAlert.objects.filter(**same, threshold__gte=threshold).exists():
        return None
    alert, is_new = QuotaAlert.objects.get_or_create(
        **same,
        threshold=threshold,
        defaults={
            "period_last": period.last,
            "api_key_id": fullest.key.key_id,
            "used": fullest.used,
            "limit": fullest.limit,
        },
    )
    if is_new:
        _promise(alert)
    return alert if is_new else None


def _promise(alert: QuotaAlert) -> None:
    owners = alert.tenant.members.filter(left_at=None, role=Member.Role.OWNER)
    for member in owners:
        kind = Message.Kind.QUOTA
        message = mail.promise(kind, to=member.email, member=member, quota_alert=alert)
        mail.send_worker(message)
    if alert.threshold == QuotaAlert.Threshold.ALL:
        for address in settings.QUOTA_NOTICES:
            kind = Message.Kind.QUOTA_NOTICE
            mail.send_worker(mail.promise(kind, to=address, quota_alert=alert))
