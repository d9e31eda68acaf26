"""A person's own data and the erasure by staff, wide and narrow, light and dark."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tenants.models import ErasureRequest
from tests.backoffice.doors import list_url, verb_url
from tests.browser.looks import hold_to_the_rules
from tests.tenants.privacy.conftest import own_files as own_files

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DATA = "/account/settings/data/"


def open_as(context: BrowserContext, client, url: str):
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    return page


def test_a_person_collects_and_downloads_their_data(context, live_server, as_member, run_tasks):
    page = open_as(context, as_member("owner"), live_server.url)
    page.goto(live_server.url + DATA)
    hold_to_the_rules(page)
    page.get_by_role("button", name="Collect my data").click()
    expect(page.get_by_text("It is being collected.")).to_be_visible()
    run_tasks()

    page.get_by_role("link", name="Load the page again").click()
    hold_to_the_rules(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()

    assert download.value.suggested_filename.endswith(".zip")
    page.get_by_role("button", name="Ask to be erased").click()
    expect(page.get_by_text("You asked for it on")).to_be_visible()
    hold_to_the_rules(page)


def test_staff_erase_by_the_keyboard_alone(context, live_server, as_member, staff, run_tasks):
    member = as_member("owner").member
    row = ErasureRequest.objects.create(member=member)
    page = open_as(context, staff("admin"), live_server.url)
    page.goto(live_server.url + list_url(row))
    hold_to_the_rules(page)
    page.goto(live_server.url + verb_url(row, "erase-person"))
    hold_to_the_rules(page)

    page.get_by_label("E-mail address of the person").focus()
    page.keyboard.type("bob@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("Letter 7")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is not the address. Nobody was erased.")).to_be_visible()
    hold_to_the_rules(page)
    page.get_by_label("E-mail address of the person").fill(member.email)
    page.keyboard.press("Enter")

    expect(page.get_by_text("1 person is being erased.")).to_be_visible()
    run_tasks()
    expect(page.get_by_test_id("job").get_by_text("Everything is done.")).to_be_visible()
    hold_to_the_rules(page)
