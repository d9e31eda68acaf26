"""Telling staff that codes are refused in numbers: a mail when it begins, and none every hour."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from campaigns import alarms, notices
from campaigns.models import RefusalAlarm
from tenants.models import Message

# An alarm is raised every hour while the trouble lasts (campaigns/alarms.py). Somebody who has a
# mail about it needs no second one within these hours.
QUIET = timedelta(hours=6)


def promise_alarm_notices() -> int:
    """Promise the mails of new alarms, each alarm once. The sweep sends them."""
    untold = alarms.untold_alarms()[:100]
    for alarm in untold:
        _promise(alarm)
    return len(untold)


@transaction.atomic
def _promise(alarm: RefusalAlarm) -> None:
    if not alarms.settle(alarm) or _is_told_of_lately(alarm):
        return
    Message.objects.bulk_create(
        Message(kind=Message.Kind.ALARM_NOTICE, to=address, alarm=alarm)
        for address in notices.addresses_for(alarm)
    )


def _is_told_of_lately(alarm: RefusalAlarm) -> bool:
    lately = timezone.now() - QUIET
    mails = Message.objects.filter(kind=Message.Kind.ALARM_NOTICE, created_at__gt=lately)
    return mails.filter(alarm__campaign=alarm.campaign).exists()
