"""Telling staff of addresses that were held back: one mail in an hour at most."""

import logging
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tenants import mail
from tenants.message_rows import Message
from tenants.returned import suppression

log = logging.getLogger(__name__)

# The mail names so many; the list behind it has the others.
SHOWN = 10
_NAME = "returned mail"


def tell_staff() -> int:
    """Promise the mail of this hour if something is new; what comes later waits for the next one.

    Where the notice itself cannot be sent, because its address bounces, the list still has it.
    """
    now = timezone.now()
    new = suppression.waiting().filter(told_at=None)
    count = new.count()
    about = {"kind": Message.Kind.RETURNED_NOTICE, "agreement": _NAME}
    about["occasion"] = f"{now:%Y-%m-%d %H}"
    if not count or Message.objects.filter(**about).exists():
        return 0
    for address in settings.RETURNED_MAIL_NOTICES:
        mail.promise_for_agreement(
            Message.Kind.RETURNED_NOTICE, agreement=_NAME, occasion=about["occasion"], to=address
        )
    new.update(told_at=now)
    log.error("metric suppressed_addresses: %d wait for staff", count)
    return count


def facts_of(message: Message) -> dict[str, Any]:
    """What the mail says is looked up when it is sent."""
    if message.kind != Message.Kind.RETURNED_NOTICE:
        return {}
    rows = suppression.waiting().select_related("event").order_by("-since")
    page = reverse("admin:tenants_suppressedaddress_changelist")
    return {
        "addresses": list(rows[:SHOWN]),
        "count": rows.count(),
        "waiting_page": f"{settings.STAFF_URL}{page}?state=waiting",
    }
