"""What a notice of sign-ups or of an alarm says: put together from the rows when it is sent."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from campaigns import notices
from campaigns.analytics_links import refusal_list
from campaigns.links import UTM
from campaigns.models import Campaign, RefusalAlarm
from tenants.models import Message, SignUp

MOST_LISTED = 50


def facts_of(message: Message) -> dict[str, Any]:
    """Return what the templates of a notice need; nothing for another kind of mail."""
    if message.alarm:
        return _alarm(message.alarm)
    if message.campaign is None:
        return {}
    page = _address("campaigns_campaign_change", message.campaign.pk)
    facts = {"campaign": message.campaign, "campaign_page": page}
    if message.sign_up:
        return {**facts, **_one(message.sign_up)}
    return {**facts, **_whole_day(message.campaign, message.day)} if message.day else facts


def sign_ups_of(campaign: Campaign, day: date) -> QuerySet[SignUp]:
    """Return the campaign's sign-ups that became customers on this day of the stage's time zone."""
    zone = timezone.get_default_timezone()
    start, end = (datetime.combine(each, time.min, zone) for each in (day, day + timedelta(days=1)))
    return SignUp.objects.filter(
        campaign=campaign, tenant__created_at__gte=start, tenant__created_at__lt=end
    )


def _one(row: SignUp) -> dict[str, Any]:
    labels = {field.name: field.verbose_name for field in SignUp._meta.fields}
    origin = [(labels[name], getattr(row, name)) for name in UTM]
    return {
        "sign_up": row,
        "origin": [(name, value) for name, value in origin if value],
        "customer_page": _customer_page(row),
    }


def _alarm(alarm: RefusalAlarm) -> dict[str, Any]:
    campaign = notices.campaign_of(alarm)
    page = _address("campaigns_campaign_changelist")
    if campaign:
        page = _address("campaigns_campaign_change", campaign.pk)
    return {
        "alarm": alarm,
        "campaign": campaign,
        "campaign_page": page,
        "refusals": f"{settings.STAFF_URL}{refusal_list(alarm)}",
    }


def _whole_day(campaign: Campaign, day: date) -> dict[str, Any]:
    rows = sign_ups_of(campaign, day)
    count = rows.count()
    listed = rows.select_related("tenant").order_by("tenant__created_at")[:MOST_LISTED]
    return {
        "day": day,
        "count": count,
        "listed": [(row, _customer_page(row)) for row in listed],
        "more": max(count - MOST_LISTED, 0),
        "list_page": _address("tenants_signup_changelist") + f"?campaign__id__exact={campaign.pk}",
    }


def _customer_page(row: SignUp) -> str:
    return _address("tenants_tenant_change", row.tenant_id)


def _address(page: str, *arguments: Any) -> str:
    path = reverse(f"admin:{page}", args=arguments)
    return f"{settings.STAFF_URL}{path}"
