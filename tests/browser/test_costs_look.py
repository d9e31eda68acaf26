"""The staff page of costs, wide and narrow, light and dark."""

import pytest
from playwright.sync_api import BrowserContext, expect

from portal.costs.estimating import estimate, inputs_of
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_estimate_and_one_with_other_numbers_read_well(
    context: BrowserContext, live_server, staff
):
    cookie = staff("operations").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/costs/")
    expect(
        page.get_by_text(f"{estimate(inputs_of('start')).cost:,.2f} USD a month")
    ).to_be_visible()
    hold_to_the_rules(page)

    page.get_by_label("Scenario", exact=True).select_option("full")
    page.get_by_label("Pages of the portal").fill("0")
    page.get_by_role("button", name="Estimate").click()
    cost = estimate(inputs_of("full") | {"page_views": 0.0}).cost
    expect(page.get_by_text(f"{cost:,.2f} USD a month")).to_be_visible()
    hold_to_the_rules(page)
