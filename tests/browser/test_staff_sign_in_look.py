"""How staff come in, wide and narrow, light and dark, by the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import hold_to_the_rules
from tests.staff_people import PASSWORD, code_of, make_staff, secret_in, set_up_app

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def wanted(settings):
    settings.STAFF_SECOND_FACTOR = True
    make_staff(is_superuser=True)


def give_password(page: Page, live_server) -> None:
    page.goto(live_server.url + "/admin/login/")
    page.get_by_label("Username").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def test_the_first_sign_in_by_the_keyboard(page, live_server):
    give_password(page, live_server)
    expect(page.get_by_role("heading", name="Set up your second factor")).to_be_visible()
    hold_to_the_rules(page)

    page.get_by_label("Code").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    hold_to_the_rules(page)

    page.get_by_label("Code").fill(code_of(secret_in(page.content())))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    expect(page.locator("li code")).to_have_count(10)
    hold_to_the_rules(page)
    page.get_by_role("link", name="I have kept them").press("Enter")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_a_later_sign_in_and_ones_own_page(page, live_server):
    _, secret, _ = set_up_app()
    give_password(page, live_server)
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    expect(page.get_by_label("Code")).to_be_focused()
    hold_to_the_rules(page)

    page.keyboard.type(code_of(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    page.goto(live_server.url + "/admin/second-factor/")
    expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    hold_to_the_rules(page)
