"""What staff see of mails, samples and addresses held back: wide and narrow, light and dark."""

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from tenants.models import Member
from tests.backoffice import rows
from tests.backoffice.doors import list_url, page_url, verb_url
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def supporter(context: BrowserContext, live_server, staff):
    cookie = staff("support").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return context.new_page()


def test_a_sample_is_chosen_and_seen_in_its_frames(supporter, live_server):
    supporter.goto(live_server.url + reverse("admin:tenants_mail_samples"))
    supporter.get_by_label("Kind of mail").select_option("quota")
    supporter.get_by_role("button", name="Show").press("Enter")

    expect(supporter.get_by_role("heading", name="80 % of your quota")).to_be_visible()
    frame = supporter.frame_locator('iframe[title*="320"]')
    expect(frame.get_by_text("Hello Alice Ames,")).to_be_visible()
    hold_to_the_rules(supporter)


def test_an_address_is_found_and_released(supporter, live_server):
    tenant = rows.a_customer()
    row = rows.an_address_held_back(address=Member.objects.get(tenant=tenant).email)
    supporter.goto(live_server.url + page_url(tenant))
    expect(supporter.get_by_test_id("held-back")).to_contain_text("alice@example.com")
    hold_to_the_rules(supporter)
    supporter.get_by_role("link", name="Look at the address").click()
    hold_to_the_rules(supporter)
    supporter.goto(live_server.url + list_url(row))
    hold_to_the_rules(supporter)

    supporter.goto(live_server.url + verb_url(row, "release"))
    hold_to_the_rules(supporter)
    supporter.get_by_label("Reason").fill("They made room")
    supporter.get_by_role("button", name="Release").click()
    expect(supporter.get_by_text("1 address is released.")).to_be_visible()


def test_where_no_mail_came_back_the_list_says_so(supporter, live_server):
    supporter.goto(live_server.url + reverse("admin:tenants_suppressedaddress_changelist"))
    expect(supporter.get_by_text("No mail has come back for good.")).to_be_visible()
    hold_to_the_rules(supporter)
