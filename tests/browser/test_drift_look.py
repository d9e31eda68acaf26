"""The staff pages of drift, wide and narrow, light and dark."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tenants.drift import checking
from tenants.models import Difference
from tests.backoffice.doors import list_url, page_url, verb_url
from tests.browser.looks import hold_to_the_rules
from tests.tenants.drift.strays import make_strays

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(context: BrowserContext, live_server, staff):
    cookie = staff("operations").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return context.new_page()


def test_nothing_then_a_check_then_what_it_found(operator, live_server, make_tenant, run_tasks):
    make_tenant()
    make_strays()
    operator.goto(live_server.url + list_url(Difference))
    expect(operator.get_by_text("AWS was not compared with the rows yet")).to_be_visible()
    hold_to_the_rules(operator)

    operator.get_by_role("button", name="Check now").click()
    expect(operator.get_by_text("AWS is being read and compared: 0 of 1 customers")).to_be_visible()
    hold_to_the_rules(operator)
    run_tasks()

    # The page asks every two seconds; what it found shows when it is opened anew.
    expect(operator.get_by_text("As of")).to_be_visible()
    operator.reload()
    expect(operator.get_by_text("stranger@example.com")).to_be_visible()
    hold_to_the_rules(operator)
    assert checking.checks().get().state == "done"

    row = Difference.objects.get(kind=Difference.Kind.LOGIN)
    operator.goto(live_server.url + page_url(row))
    hold_to_the_rules(operator)
    operator.goto(live_server.url + verb_url(row, "repair"))
    hold_to_the_rules(operator)
    operator.goto(live_server.url + list_url(Difference) + "repair-all/")
    expect(operator.get_by_text("5 differences")).to_be_visible()
    hold_to_the_rules(operator)
