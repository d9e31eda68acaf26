"""The staff pages of newsletters, and the news on the settings page, in every look."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from tenants.models import NewsletterConnection, NewsletterConsent
from tests.backoffice import rows
from tests.backoffice.doors import list_url, page_url, verb_url
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(context: BrowserContext, live_server, staff):
    cookie = staff("admin").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return context.new_page()


def picture(page, name: str) -> None:
    """Keep what the page looks like, where somebody asked for it."""
    if folder := os.environ.get("PICTURES"):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


def test_connections_from_the_empty_list_to_one_with_trouble(admin, live_server):
    admin.goto(live_server.url + list_url(NewsletterConnection()))
    expect(admin.get_by_text("No newsletter platform is connected")).to_be_visible()
    hold_to_the_rules(admin)
    picture(admin, "empty")

    rows.a_campaign()
    admin.goto(live_server.url + list_url(NewsletterConnection()) + "add/")
    hold_to_the_rules(admin)
    admin.get_by_label("Name").fill("Product news")
    admin.get_by_label("Reason").fill("new")
    admin.get_by_role("button", name="Save", exact=True).click()
    hold_to_the_rules(admin)
    picture(admin, "refused")

    row = rows.a_newsletter(
        trouble="kit, status: status 401",
        paused_until=timezone.now() + timedelta(minutes=9),
        audience_name="Product news",
        tested_at=timezone.now(),
    )
    admin.goto(live_server.url + page_url(row))
    expect(admin.get_by_text("kit, status: status 401")).to_be_visible()
    hold_to_the_rules(admin)
    picture(admin, "connection")
    admin.goto(live_server.url + verb_url(row, "test"))
    hold_to_the_rules(admin)
    admin.goto(live_server.url + list_url(row))
    hold_to_the_rules(admin)
    picture(admin, "connections")


def test_subscriptions_and_the_customers_page(admin, live_server):
    row = rows.a_subscription()
    NewsletterConsent.objects.create(
        member=row.member, given_at=timezone.now(), source="sign_up", wording="sign-up-1"
    )
    for path, name in (
        (list_url(row), "subscriptions"),
        (page_url(row), "subscription"),
        (page_url(row.member.tenant), "customer"),
    ):
        admin.goto(live_server.url + path)
        expect(admin.get_by_text("kit, tag: status 404").first).to_be_visible()
        hold_to_the_rules(admin)
        picture(admin, name)


def test_the_settings_of_who_opted_out_there(context, live_server, as_member):
    client = as_member()
    connection = rows.a_newsletter(form_url="https://news.example.com/join")
    rows.a_subscription(client.member, connection=connection, state="done", there="unsubscribed")
    context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": live_server.url}
            for name, morsel in client.cookies.items()
        ]
    )
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(live_server.url + "/account/settings/")
    expect(page.get_by_role("link", name="subscribe on its own page")).to_be_visible()
    hold_to_the_rules(page)
    picture(page, "settings")
