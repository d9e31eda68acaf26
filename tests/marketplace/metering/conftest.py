"""Rows of the ledger, as the metering leaves them."""

import pytest
from django.utils import timezone

from marketplace.metering.rows import MeterAttempt, MeterCall, MeteredHour
from tests.backoffice.rows import a_customer, an_agreement
from tests.metering import HOUR, hours_ago


@pytest.fixture
def make_hour(db):
    """Return a maker of rows of one customer's agreement; each is an hour older than the last."""
    agreement = an_agreement(tenant=a_customer(), license_id="l-7")
    made = []

    def make(**fields):
        made.append(1)
        now = timezone.now()
        values = {
            "agreement": agreement,
            "dimension": "units",
            "hour": hours_ago(1 + len(made)),
            "billed_to": agreement.license_id,
            "counted": 7,
            "used": 7,
            "quantity": 7,
            "closed_at": now - HOUR,
            "deadline_at": now + 20 * HOUR,
            "next_attempt_at": now + HOUR,
        }
        return MeteredHour.objects.create(**values | fields)

    return make


@pytest.fixture
def tried():
    """Keep a call in which a row was, as sending does."""

    def keep(row, verdict="", *, error="", answer=None):
        call = MeterCall.objects.create(
            product_code=row.agreement.product_code,
            request={"UsageRecords": [row.record or {"Dimension": row.dimension}]},
            answer=answer,
            error=error,
        )
        return MeterAttempt.objects.create(hour=row, call=call, verdict=verdict)

    return keep
