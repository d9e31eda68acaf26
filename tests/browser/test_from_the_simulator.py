"""From the simulator's page to an account, or into one, by AWS's own form, which comes from another
site."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from adapters import rights
from marketplace.models import Registration
from tenants import sweep
from tenants.access import access_of
from tenants.models import Grant, Tenant
from tests.browser.looks import hold_to_the_rules
from tests.people import PASSWORD

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


@pytest.fixture
def promo_customer(page: Page, cloud, live_server, settings, monkeypatch, make_code, run_tasks):
    """A browser whose person signed up with a code, chose a password, and is signed out again."""
    settings.PORTAL_URL = live_server.url
    monkeypatch.setenv("PORTAL_URL", live_server.url)
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{live_server.url}/signup/")
    page.get_by_label("Promo code").fill(make_code())
    page.get_by_label("Work e-mail").fill("alice@example.com")
    page.get_by_label("Your name").fill("Alice Ames")
    page.get_by_label("Company").fill("Ames Optics")
    page.get_by_label("I accept the terms").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_test_id("signup-status")).to_have_text("working")
    run_tasks()
    page.goto(re.search(r"http\S+/welcome/\S+", cloud.mails("alice@example.com")[0]["text"])[0])
    form = page.get_by_test_id("set-password-form")
    form.locator("input[name=password]").fill(PASSWORD)
    form.locator("input[name=repeated]").fill(PASSWORD)
    form.locator("button[type=submit]").click()
    page.get_by_test_id("show-key").click()
    page.context.clear_cookies()
    return page


def buy_by_contract(page: Page, marketplace: str) -> None:
    page.goto(marketplace)
    page.get_by_role("link", name="Buy Gatehouse solver, by contract", exact=True).click()
    page.get_by_label("enterprise").check()
    page.get_by_role("button", name="Buy").click()


@pytest.mark.parametrize("hears_first", [True, False], ids=["AWS first", "the person first"])
def test_a_promo_customer_subscribes_and_keeps_the_account(
    promo_customer, cloud, live_server, run_tasks, hears_first
):
    page, tenant = promo_customer, Tenant.objects.get()
    key = tenant.keys.get()
    buy_by_contract(page, cloud.addresses.marketplace)
    if hears_first:
        sweep.run_due()
    page.get_by_role("button", name="Set up your account").click()
    page.get_by_role("link", name="Sign in and attach it").click()
    page.get_by_label("E-mail").fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("It becomes part of the account of Ames Optics")).to_be_visible()
    hold_to_the_rules(page)

    page.get_by_role("button", name="Attach it").click()
    expect(page.get_by_text("The subscription is part of this account now.")).to_be_visible()
    sweep.run_due()
    run_tasks()

    page.reload()
    expect(page.get_by_role("heading", name="Gatehouse solver, by contract")).to_be_visible()
    expect(page.get_by_text("Enterprise", exact=True)).to_be_visible()
    page.goto(f"{live_server.url}/account/")
    expect(page.get_by_role("heading", name="Your plan: Enterprise")).to_be_visible()
    assert_paid_by_the_agreement(tenant)
    # The key that they have had all along.
    assert tenant.keys.get() == key


def assert_paid_by_the_agreement(tenant: Tenant) -> None:
    """The code's grant stays, the agreement's counts, and the gateway's function reads so."""
    source = f"agreement:{tenant.agreements.get().agreement_id}"
    promo, bought = tenant.grants.order_by("pk")
    assert (promo.source, promo.tier, promo.ended_at) == (Grant.Source.PROMO, "starter", None)
    assert (bought.source, bought.tier) == (Grant.Source.MARKETPLACE, "enterprise")
    assert access_of(tenant, [promo, bought], timezone.now()).billing_source == source
    item = rights.read_access(tenant.keys.get().key_id)
    assert (item.state, item.tier, item.billing_source) == ("open", "enterprise", source)
