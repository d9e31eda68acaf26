"""What a mail about a quota says, put together from the alert when it is sent."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from adapters.definitions import definition
from tenants.models import ApiKey, Message
from tenants.usage.quota_periods import Period


def facts_of(message: Message) -> dict[str, Any]:
    """Return what the templates of a mail about a quota need; nothing for another kind of mail."""
    alert = message.quota_alert
    if alert is None:
        return {}
    tiers = definition("tiers")
    page = reverse("admin:tenants_tenant_change", args=(alert.tenant_id,))
    return {
        "alert": alert,
        "company": alert.tenant.company,
        "key": ApiKey.objects.filter(key_id=alert.api_key_id).first(),
        "is_used_up": alert.threshold >= 100,
        "tier": tiers.get(alert.tier, {}).get("label", alert.tier),
        "is_highest_tier": alert.tier == list(tiers)[-1],
        "resets_at": Period(alert.period_first, alert.period_last).resets_at,
        "customer_page": f"{settings.STAFF_URL}{page}",
    }
