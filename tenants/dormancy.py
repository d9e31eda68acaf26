"""Customers who could call and do not: nobody knows why until somebody asks them."""

from datetime import UTC, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from tenants.models import Tenant

DAYS = (30, 60, 90)

_OPEN = Q(state=Tenant.State.ACTIVE, stuck=False, suspended_at=None, reconciled_at__isnull=False)
# Whose usage was not copied yet may have called.
_LOOKED_AT = Q(usage_look__looked_at__isnull=False)


def silent_for(days: int) -> Q:
    """Open customers none of whose calls was served for so many days (of UTC) or more."""
    since = timezone.now().astimezone(UTC).date() - timedelta(days=days)
    began_at = datetime.combine(since, time(), UTC)
    never = Q(usage_look__last_call_on=None, created_at__lt=began_at)
    return _OPEN & _LOOKED_AT & (Q(usage_look__last_call_on__lt=since) | never)


def never_called() -> Q:
    return _OPEN & _LOOKED_AT & Q(usage_look__last_call_on=None)
