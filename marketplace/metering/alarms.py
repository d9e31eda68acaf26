"""Telling staff of usage that is about to be lost, or is: one mail in an hour at most."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from marketplace.metering.rows import MeteredHour
from tenants import mail
from tenants.models import Message

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500
# So long before its deadline a row that AWS has not accepted alarms.
BEFORE_DEADLINE = timedelta(hours=4)
# What was just closed, as the last hour of an agreement, has a while to be sent first.
FIRST_TRY = timedelta(minutes=15)
# Of each kind the mail shows so many.
SHOWN = 10
_NAME = "metering"


def raise_due() -> int:
    """Mark what alarms now, and promise the mail of this hour; return how many rows that are."""
    now = timezone.now()
    pks = list(_new(now).values_list("pk", flat=True)[:MOST_AT_ONCE])
    if pks:
        with transaction.atomic():
            MeteredHour.objects.filter(pk__in=pks).update(alarmed_at=now)
            for address in settings.METERING_NOTICES:
                mail.promise_for_agreement(
                    Message.Kind.METERING_NOTICE,
                    agreement=_NAME,
                    occasion=f"{now:%Y-%m-%d %H}",
                    to=address,
                )
        log.error("metric metering_alarms: %d hours of usage are late or lost", len(pks))
    return len(pks)


def late(now: datetime) -> QuerySet[MeteredHour]:
    """What AWS has not accepted yet and soon will not any more."""
    return MeteredHour.objects.filter(
        state__in=MeteredHour.UNSENT,
        deadline_at__lte=now + BEFORE_DEADLINE,
        closed_at__lte=now - FIRST_TRY,
    )


def lost() -> QuerySet[MeteredHour]:
    """What is not billed, or not as we counted it."""
    return MeteredHour.objects.filter(Q(state__in=MeteredHour.LOST) | Q(uncollected__gt=0))


def facts_of(message: Message) -> dict[str, Any]:
    """What the mail says is looked up when it is sent."""
    if message.kind != Message.Kind.METERING_NOTICE:
        return {}
    now = timezone.now()
    of_late = late(now).select_related("agreement__tenant").order_by("deadline_at")
    of_lost = lost().filter(seen_at=None).select_related("agreement__tenant").order_by("-hour")
    return {
        "late": list(of_late[:SHOWN]),
        "lost": list(of_lost[:SHOWN]),
        "inbox": f"{settings.STAFF_URL}{reverse('admin:marketplace_inbox')}",
    }


def _new(now: datetime) -> QuerySet[MeteredHour]:
    new = MeteredHour.objects.filter(alarmed_at=None)
    return new.filter(Q(pk__in=late(now).values("pk")) | Q(pk__in=lost().values("pk")))
