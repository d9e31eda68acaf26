"""How far a redemption has led: set up, and called the API. Campaigns keep the dates, and only we
know which customer a redemption made."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from adapters import usage
from campaigns import projection
from tenants.models import Promotion, SignUp, Tenant

# A look is one read. So many a sweep are enough to see each of 8,000 silent customers hourly, at
# no cost that anybody notices.
MOST_LOOKS = 32
LOOK_AGAIN_AFTER = timedelta(minutes=1)


def note_set_up(tenant: Tenant, now: datetime) -> None:
    """Note that AWS agrees with what this customer's codes gave them. Safe to repeat."""
    names = [str(pk) for pk in SignUp.objects.filter(tenant=tenant).values_list("pk", flat=True)]
    granted = tenant.promotions.filter(state=Promotion.State.GRANTED)
    names += [str(pk) for pk in granted.values_list("pk", flat=True)]
    projection.record_provisioned(names, at=now)


def look_for_first_calls() -> int:
    """Look at the usage of customers who have not called yet, longest unseen first.

    Returns how many have called by now. What was used is kept by the hour, so that is how exact
    the time of a first call is.
    """
    now = timezone.now()
    silent = projection.silent_redemptions(unseen_since=now - LOOK_AGAIN_AFTER)[:MOST_LOOKS]
    tenants = _tenants_of([redemption.redeemed_by for redemption in silent])
    found = 0
    for redemption in silent:
        tenant_id = tenants.get(redemption.redeemed_by)
        hour = usage.first_hour_of(tenant_id) if tenant_id else None
        projection.record_look(redemption, at=now, first_call_in=hour)
        found += hour is not None
    return found


def fill_in(redeemed_by: list[str]) -> None:
    """Tell rebuilt copies of redemptions what we know: origin, and that the customer is set up.

    When that was for the first time nobody kept; the last time stands in for it.
    """
    ids = [name for name in redeemed_by if _is_uuid(name)]
    for row in SignUp.objects.filter(pk__in=ids).select_related("tenant"):
        projection.record_origin(str(row.pk), vars(row))
        if row.tenant and row.tenant.reconciled_at:
            projection.record_provisioned([str(row.pk)], at=row.tenant.reconciled_at)


def _tenants_of(redeemed_by: list[str]) -> dict[str, str]:
    """Return whom sign-ups and existing customers' codes led to, by the names in redemptions."""
    ids = [name for name in redeemed_by if _is_uuid(name)]
    sign_ups = SignUp.objects.filter(pk__in=ids).exclude(tenant=None)
    promotions = Promotion.objects.filter(pk__in=ids)
    pairs = [*sign_ups.values_list("pk", "tenant"), *promotions.values_list("pk", "tenant")]
    return {str(name): str(tenant) for name, tenant in pairs}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
