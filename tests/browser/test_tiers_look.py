"""The staff pages of tiers, wide and narrow, light and dark."""

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from tenants import tier_plans
from tenants.models import TierPlan
from tests.backoffice.doors import list_url, page_url, verb_url
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(context: BrowserContext, live_server, staff):
    cookie = staff("operations").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return context.new_page()


def test_tiers_and_one_that_differs_and_its_repair_read_well(operator, live_server):
    tier_plans.look_at_plans()
    TierPlan.objects.filter(tier="pro").update(rate=7, is_off=True, seen_at=timezone.now())
    row = TierPlan.objects.get(tier="pro")

    operator.goto(live_server.url + list_url(row))
    expect(operator.get_by_text("50; at the gateway 7")).to_be_visible()
    hold_to_the_rules(operator)

    operator.goto(live_server.url + page_url(row))
    expect(operator.get_by_text("50 by definition, 7 at the gateway.")).to_be_visible()
    hold_to_the_rules(operator)

    operator.goto(live_server.url + verb_url(row, "repair"))
    hold_to_the_rules(operator)
