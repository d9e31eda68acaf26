"""From the page where staff make a link to the form that it fills in."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from tenants.models import SignUp
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def campaign(make_campaign):
    return make_campaign()


@pytest.fixture
def links_page(staff, campaign, browser: Browser, live_server, settings):
    """The page, open in the browser of somebody in marketing."""
    settings.PORTAL_URL = live_server.url
    session = staff("marketing").cookies["sessionid"].value
    context = browser.new_context(base_url=live_server.url, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(reverse("admin:campaigns_campaign_links", args=(campaign.pk,)))
    yield page
    context.close()


def make_link(page: Page, **words: str) -> str:
    for name, text in words.items():
        page.fill(f"#id_{name}", text)
    page.get_by_role("button", name="Make the link").click()
    page.wait_for_url("**#made")
    return page.get_by_test_id("link").input_value()


def test_a_link_fills_in_the_code_checks_it_and_keeps_it_to_the_browser(
    links_page, campaign, make_code
):
    code = make_code(campaign, max_uses=100)
    link = make_link(links_page, utm_source="fair", code=code)
    page = links_page.context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(link)

    expect(page.get_by_label("Promo code")).to_have_value(code)
    expect(page.get_by_test_id("code-feedback")).to_contain_text("Starter")
    assert page.url == link.split("#")[0]
    assert not [url for url in asked if code in url.split("#")[0]]


def test_who_follows_a_link_signs_up_and_is_known_by_it(links_page, campaign, make_code):
    link = make_link(links_page, utm_source="fair", code=make_code(campaign, max_uses=100))
    page = links_page.context.new_page()
    page.goto(link)

    page.get_by_label("Work e-mail").fill("alice@example.com")
    page.get_by_label("Your name").fill("Alice Ames")
    page.get_by_label("Company").fill("Ames Optics")
    page.get_by_label("I accept the terms").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_test_id("signup-status")).to_have_text("working")

    row = SignUp.objects.get()
    assert (row.utm_source, row.utm_campaign) == ("fair", "autumn-launch")


def test_the_link_is_copied(links_page):
    links_page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    links_page.get_by_role("button", name="Copy the link").click()

    expect(links_page.get_by_role("status")).to_have_text("Copied")
    copied = links_page.evaluate("navigator.clipboard.readText()")
    assert copied == links_page.get_by_test_id("link").input_value()


def test_without_a_clipboard_the_link_is_marked(links_page):
    links_page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")

    links_page.get_by_role("button", name="Copy the link").click()

    expect(links_page.get_by_role("status")).to_contain_text("press Ctrl and C")
    marked = links_page.evaluate("getSelection().toString()")
    assert marked == links_page.get_by_test_id("link").input_value()


def test_the_qr_code_is_saved_as_a_file(links_page):
    with links_page.expect_download() as download:
        links_page.get_by_role("button", name="Download the QR code").click()

    assert download.value.suggested_filename == "autumn-launch.svg"
    assert download.value.path().read_bytes().startswith(b"<?xml")


def test_the_page_looks_right(links_page, campaign, make_code):
    complaints: list[str] = []
    links_page.on("console", lambda m: m.type == "error" and complaints.append(m.text))

    make_link(links_page, utm_source="fair", code=make_code(campaign))

    hold_to_the_rules(links_page)
    assert complaints == []
