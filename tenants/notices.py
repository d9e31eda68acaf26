"""Telling staff of sign-ups: one mail for each, or one a day. Whom: campaigns/notices.py."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign
from tenants import mail
from tenants.models import Message, SignUp
from tenants.notice_texts import sign_ups_of

# A day's notice waits until its readers are about to start theirs.
FIRST_HOUR = 7


def promise_notices(row: SignUp, campaign: Campaign) -> None:
    """Promise a notice of this sign-up, inside the transaction that finishes it."""
    if campaign.notify != Campaign.Notify.EACH:
        return
    for address in campaign.addresses_to_notify:
        kind = Message.Kind.SIGN_UP_NOTICE
        mail.send_worker(mail.promise(kind, to=address, sign_up=row, campaign=campaign))


def promise_daily_notices() -> int:
    """Promise the notices of the days that are over, each day once. The sweep sends them."""
    last = last_day_to_tell(timezone.now())
    due = Campaign.objects.filter(notify=Campaign.Notify.DAILY, notified_until__lt=last)[:100]
    for campaign in due:
        while campaign.notified_until and campaign.notified_until < last:
            campaign.notified_until = _promise_day(campaign, campaign.notified_until)
    return len(due)


def last_day_to_tell(now: datetime) -> date:
    """Return yesterday, or the day before as long as it is too early for yesterday's notice."""
    here = timezone.localtime(now, timezone.get_default_timezone())
    return here.date() - timedelta(days=1 if here.hour >= FIRST_HOUR else 2)


@transaction.atomic
def _promise_day(campaign: Campaign, told: date) -> date:
    """Promise the notice of the day after `told`, unless another sweep is faster; return the day.

    Outages are caught up with day by day, because a notice says which day it is about.
    """
    day = told + timedelta(days=1)
    rows = Campaign.objects.filter(pk=campaign.pk, notified_until=told)
    if rows.update(notified_until=day) and sign_ups_of(campaign, day).exists():
        Message.objects.bulk_create(
            [
                Message(kind=Message.Kind.DAILY_NOTICE, to=address, campaign=campaign, day=day)
                for address in campaign.addresses_to_notify
            ],
            ignore_conflicts=True,
        )
    return day
