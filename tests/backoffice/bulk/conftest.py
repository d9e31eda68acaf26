"""Many customers, and a job that does something to them."""

from typing import Any

import pytest
from django.utils import timezone

from backoffice.bulk_pages import AT_ONCE
from backoffice.models import Job
from tenants.models import Tenant
from tests.backoffice.doors import list_url

FEW_MORE = AT_ONCE + 10


@pytest.fixture
def make_customers(db):
    def make(count: int = FEW_MORE) -> list[Tenant]:
        now = timezone.now()
        return Tenant.objects.bulk_create(
            Tenant(company=f"Vega {at:04d}", reconciled_generation=1, reconciled_at=now)
            for at in range(count)
        )

    return make


@pytest.fixture
def confirm_all():
    """Confirm a verb for all that a list shows, as its confirmation asks to."""

    def confirm(client: Any, verb: str, row: Any, *, query: str = "", **answers: Any) -> Any:
        url = list_url(row) + query
        asked = client.post(
            url, {"action": verb, "select_across": "1", "_selected_action": [row.pk]}
        )
        form = {
            "action": verb,
            "select_across": "1",
            "_selected_action": asked.context["keys"],
            "confirmed": "yes",
            "reason": "Invoices unpaid",
            "expected": asked.context["count"],
            "ticket": asked.context["ticket"],
            "filters": asked.context["filters"],
        }
        return client.post(url, {**form, **answers})

    return confirm


@pytest.fixture
def make_job(staff, make_customers, confirm_all):
    """Return a job that suspends customers, and has not begun."""

    def make(count: int = FEW_MORE, verb: str = "suspend", **answers: Any) -> Job:
        customers = make_customers(count)
        confirm_all(staff("support"), verb, customers[0], **answers)
        return Job.objects.get()

    return make
