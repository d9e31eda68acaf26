"""From a number of the analytics to the rows that it counts."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from campaigns.analytics import NO_SOURCE, Scope
from campaigns.models import RefusalAlarm


def analytics_page(scope: Scope | None = None, **changes: Any) -> str:
    """Return the page of a scope, with some of it changed: campaign and batch by primary key."""
    query: dict[str, Any] = {}
    if scope:
        query = {
            "period": len(scope.days),
            "campaign": scope.campaign and scope.campaign.pk,
            "batch": scope.batch and scope.batch.pk,
            "tier": scope.tier,
            "source": scope.source,
        }
    return _page("campaigns_analytics", query | changes)


def redemption_list(scope: Scope, *, day: date | None = None, **conditions: Any) -> str:
    """Return the list of redemptions of the scope, or of one of its days."""
    begins, ends = scope.begins_at, scope.ends_at
    if day:
        begins = datetime.combine(day, time(), UTC)
        ends = begins + timedelta(days=1)
    query: dict[str, Any] = {
        "campaign__id__exact": scope.campaign and scope.campaign.pk,
        "batch__id__exact": scope.batch and scope.batch.pk,
        "tier__exact": scope.tier,
        "redeemed_at__gte": begins.isoformat(),
        "redeemed_at__lt": ends.isoformat(),
        "use": "counts",
    }
    link = _page("campaigns_redemption_changelist", query | conditions)
    if not scope.source:
        return link
    # An empty value is a condition here, and left out everywhere else.
    return f"{link}&{urlencode({'utm_source__exact': scope.source.removeprefix(NO_SOURCE)})}"


def outcome_list(scope: Scope, *, day: date | None = None, **conditions: Any) -> str:
    query: dict[str, Any] = {
        "campaign": scope.campaign and scope.campaign.public_id,
        "batch": scope.batch and scope.batch.public_id,
        "day__gte": day or scope.first,
        "day__lte": day or scope.last,
        "step__exact": "check",
    }
    return _page("campaigns_outcome_changelist", query | conditions)


def refusal_list(alarm: RefusalAlarm) -> str:
    """Return what was refused on the day of the alarm."""
    day = alarm.hour.astimezone(UTC).date()
    query = {"campaign": alarm.campaign, "day__gte": day, "day__lte": day, "ended": "refused"}
    return _page("campaigns_outcome_changelist", query)


def batch_list(scope: Scope) -> str:
    query: dict[str, Any] = {
        "campaign__id__exact": scope.campaign and scope.campaign.pk,
        "id__exact": scope.batch and scope.batch.pk,
        "campaign__tier": scope.tier,
    }
    return _page("campaigns_batch_changelist", query)


def _page(view: str, query: dict[str, Any]) -> str:
    asked = urlencode({name: value for name, value in query.items() if value not in (None, "")})
    return reverse(f"admin:{view}") + (f"?{asked}" if asked else "")
