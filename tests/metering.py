"""Customers with an agreement, and what they use, for tests of metering."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from adapters.usage import record_usage
from marketplace.metering import running
from marketplace.metering.deadlines import hour_of
from marketplace.metering.rows import Meter, MeteredHour, Metering
from marketplace.models import Agreement

HOUR = timedelta(hours=1)


def hours_ago(hours: int) -> datetime:
    return hour_of(timezone.now()) - hours * HOUR


def use(
    agreement: Agreement, units: int, *, at: datetime, key: str = "key-1", **other: Any
) -> None:
    """Count a call as the API's function does."""
    given = {
        "tenant_id": agreement.tenant_id,
        "api_key_id": key,
        "request_id": uuid.uuid4().hex,
        "units": units,
        "billing_source": f"agreement:{agreement.source_name}",
        "at": at,
        **other,
    }
    assert record_usage(**given)


def metered_since(agreement: Agreement, hour: datetime) -> None:
    """Let the meter stand where it would if the agreement had begun then."""
    agreement.refresh_from_db()
    Meter.objects.filter(agreement=agreement).update(next_hour=hour, due_at=hour)


def meter_now() -> None:
    """Do what the worker does until nothing is due."""
    Metering.objects.update(paused_until=None)
    while running.meter():
        pass


def due_again() -> None:
    """Let everything that waits for its next try be due."""
    Metering.objects.update(paused_until=None)
    MeteredHour.objects.filter(state__in=MeteredHour.UNSENT).update(
        next_attempt_at=timezone.now() - HOUR
    )
    Meter.objects.exclude(due_at=None).update(due_at=timezone.now() - HOUR)
