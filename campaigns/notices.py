"""Who among the staff is told of a campaign's sign-ups and of its alarms.

The telling: tenants/notices.py, tenants/alarm_notices.py.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from backoffice import audit
from backoffice.audit import Act
from campaigns.models import Campaign, RefusalAlarm

# However many campaigns there are, one alarm is no mailing.
MOST_TOLD = 100


@transaction.atomic
def set_notices(campaign: Campaign, act: Act, *, notify: str, addresses: list[str]) -> None:
    """Tell these addresses from now on, as Campaign.Notify says.

    The first daily notice is that of today; who had daily notices before misses no day.
    """
    before = Campaign.objects.get(pk=campaign.pk)
    campaign.notify = notify
    campaign.notify_addresses = "\n".join(addresses)
    campaign.notified_until = before.notified_until
    if before.notify != Campaign.Notify.DAILY:
        campaign.notified_until = timezone.localdate() - timedelta(days=1)
    campaign.save(update_fields=["notify", "notify_addresses", "notified_until"])
    audit.record(act, "set notices", campaign, before=_facts(before), after=_facts(campaign))


def campaign_of(alarm: RefusalAlarm) -> Campaign | None:
    """Return the campaign that an alarm is about; None for codes that do not exist."""
    return Campaign.objects.filter(public_id=alarm.campaign).first()


def addresses_for(alarm: RefusalAlarm) -> list[str]:
    """Return who gets the notices of the alarm's campaign.

    Who tries codes that do not exist might find one of any campaign: everybody who gets notices is
    told, as far as there are not too many.
    """
    told = Campaign.objects.exclude(notify=Campaign.Notify.NONE)
    if alarm.is_of_no_campaign:
        told = told.exclude(state=Campaign.State.ARCHIVED)
    else:
        told = told.filter(public_id=alarm.campaign)
    each = (campaign.addresses_to_notify for campaign in told[:MOST_TOLD])
    return list(dict.fromkeys(address for some in each for address in some))[:MOST_TOLD]


def _facts(campaign: Campaign) -> dict[str, Any]:
    return {"notify": str(campaign.notify), "addresses": campaign.addresses_to_notify}
