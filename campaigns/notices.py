"""Who among the staff is told of a campaign's sign-ups. The telling: tenants/notices.py."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from backoffice import audit
from backoffice.audit import Act
from campaigns.models import Campaign


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


def _facts(campaign: Campaign) -> dict[str, Any]:
    return {"notify": str(campaign.notify), "addresses": campaign.addresses_to_notify}
