"""Many rows at once: the confirmation and the job's page, wide and narrow, light and dark."""

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from backoffice.models import Job
from tenants import accounts
from tenants.models import Tenant
from tests.backoffice.doors import list_url
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def customers(db):
    now = timezone.now()
    return Tenant.objects.bulk_create(
        Tenant(company=f"Vega {at:04d}", reconciled_generation=1, reconciled_at=now)
        for at in range(60)
    )


def test_one_ticked_row_leads_to_all_of_the_list_and_to_a_job(
    context: BrowserContext, live_server, staff, customers, run_tasks
):
    accounts.suspend(customers[7], accounts.Act(None))
    cookie = staff("support").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + list_url(customers[0]))

    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").select_option("suspend")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Choose all 60 of the list").click()
    expect(page.get_by_text("To these 60, by a job")).to_be_visible()
    hold_to_the_rules(page)
    page.get_by_label("Reason").fill("Invoices unpaid")
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("It starts as soon as a worker is free")).to_be_visible()
    hold_to_the_rules(page)
    run_tasks()
    page.reload()

    expect(page.get_by_text("This account is suspended already.")).to_be_visible()
    expect(page.get_by_role("link", name="Download the result of each row")).to_be_visible()
    hold_to_the_rules(page)
    assert Job.objects.get().state == Job.State.DONE
