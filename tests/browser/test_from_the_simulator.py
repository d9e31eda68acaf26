"""From the simulator's page to an account, by AWS's own form, which comes from another site."""

import pytest
from playwright.sync_api import Page, expect

from marketplace.models import Registration

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONTRACT = "3ca8p4contracttiers0000001"


@pytest.fixture
def shop(cloud, page: Page, live_server, settings, monkeypatch) -> Page:
    """The page of an agreement. The portal here is `localhost`, the simulator is `127.0.0.1`."""
    settings.PORTAL_URL = live_server.url
    monkeypatch.setenv("PORTAL_URL", live_server.url)
    bought = cloud.marketplace.buy(CONTRACT, dimensions={"pro": 1})
    page.goto(f"{cloud.addresses.marketplace}/agreements/{bought.id}")
    return page


def test_a_buyer_sets_up_an_account(shop, cloud, run_tasks):
    shop.get_by_role("button", name="Set up your account").click()
    shop.get_by_label("Work e-mail").fill("bob@gmail.com")
    shop.get_by_label("Your name").fill("Bob Burr")
    shop.get_by_label("Company").fill("Burr Bearings")
    shop.get_by_label("I accept the terms").check()
    shop.get_by_role("button", name="Set up the account").click()
    expect(shop.get_by_test_id("signup-status")).to_have_text("working")

    run_tasks()

    expect(shop.get_by_test_id("signup-status")).to_have_text("ready", timeout=15_000)
    assert cloud.mails("bob@gmail.com")
    assert Registration.objects.get().state == Registration.State.FINISHED


def test_a_forged_token_leads_to_a_page_with_the_way_back(shop):
    shop.get_by_role("button", name="The same with a forged token").click()

    expect(shop.get_by_role("heading", level=1)).to_have_text("AWS does not know this token")
    expect(shop.get_by_test_id("error")).to_be_visible()
    assert not Registration.objects.exists()
