"""A buyer's way from AWS Marketplace to the first key, in a real browser: both orders, every page
wide and narrow, light and dark, and by the keyboard alone."""

from html import escape
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from localcloud.marketplace.faults import Fault
from marketplace import mails
from marketplace.models import Agreement
from tenants import sweep
from tests import buyers, people
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, live_server):
    context = browser.new_context(base_url=live_server.url, reduced_motion="reduce")
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: note(page, message))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


@pytest.fixture
def come_from_aws(page: Page, cloud, live_server):
    """Press the button on a page of another site, as AWS's console is one."""

    def come(bought, token="", **fields):
        token = token or cloud.marketplace.set_up_account(bought.id)
        sent = {buyers.TOKEN: token, **fields}
        inputs = "".join(f'<input name="{n}" value="{escape(v)}">' for n, v in sent.items())
        page.goto("about:blank")
        page.set_content(
            f'<form method="post" action="{live_server.url}/marketplace/register/">{inputs}'
            "<button>Set up your account</button></form>"
        )
        page.get_by_role("button", name="Set up your account").click()
        page.wait_for_load_state()

    return come


def note(page, message):
    # A refused form is an answer, not a fault.
    if message.type == "error" and "the server responded with a status of" not in message.text:
        page.complaints.append(message.text)


def hold(page: Page) -> None:
    hold_to_the_rules(page)
    assert page.locator("h1").count() == 1
    assert page.complaints == []


def fill_in(page: Page, email: str = "bob@gmail.com") -> None:
    page.get_by_label("Work e-mail").fill(email)
    page.get_by_label("Your name").fill("Bob Burr")
    page.get_by_label("Company").fill("Burr Bearings")
    page.get_by_label("I accept the terms of use.").check()


def choose_password(page: Page, cloud) -> None:
    """Follow the link of the mail to the key, which is shown once."""
    mails = cloud.mails("bob@gmail.com")
    lines = [line for mail in mails for line in mail["text"].splitlines()]
    link = next(line for line in lines if "/welcome/" in line)
    page.goto("/welcome/" + link.split("/welcome/")[1])
    page.get_by_label("New password").fill(people.PASSWORD)
    page.get_by_label("The same again").fill(people.PASSWORD)
    page.get_by_test_id("set-password-form").locator("button[type=submit]").click()
    page.get_by_test_id("show-key").click()
    assert page.get_by_test_id("api-key").inner_text().startswith("gk")


def sign_in(page: Page, email: str = "bob@gmail.com") -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_subscribe_then_register(page, come_from_aws, buy, run_tasks, cloud):
    bought = buy()
    sweep.run_due()
    come_from_aws(bought)
    assert urlsplit(page.url).path == "/marketplace/registration/"
    hold(page)
    fill_in(page)
    page.get_by_role("button", name="Set up the account").click()
    expect(page.get_by_test_id("signup-status")).to_have_text("working")
    hold(page)
    run_tasks()
    expect(page.get_by_test_id("signup-status")).to_have_text("ready")
    hold(page)

    choose_password(page, cloud)
    page.goto("/account/subscription/")
    sign_in(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Subscription")
    expect(page.get_by_text("Active")).to_be_visible()
    hold(page)


def test_register_then_subscribe(page, come_from_aws, buy, run_tasks, cloud):
    with cloud.marketplace.notices.held():
        bought = buy(buyers.CONTRACT, dimensions={"enterprise": 1}, trial_days=30)
    come_from_aws(bought, **{"x-amzn-marketplace-offer-type": "free-trial"})
    expect(page.get_by_text("decided when AWS confirms")).to_be_visible()
    fill_in(page)
    page.get_by_role("button", name="Set up the account").click()
    run_tasks()
    expect(page.get_by_test_id("signup-status")).to_have_text("ready")
    choose_password(page, cloud)
    expect(page.get_by_text("Until then the API answers 403")).to_be_visible()
    hold(page)
    page.goto("/account/")
    sign_in(page)
    expect(page.get_by_text("Waiting for AWS")).to_be_visible()
    hold(page)
    page.goto("/account/subscription/")
    expect(page.get_by_text("Waiting for AWS")).to_be_visible()
    hold(page)

    cloud.marketplace.notices.deliver_all()
    sweep.run_due()
    run_tasks()

    page.goto("/account/")
    expect(page.get_by_role("heading", name="Your plan: Enterprise")).to_be_visible()
    page.goto("/account/subscription/")
    expect(page.get_by_text("Free trial until")).to_be_visible()
    hold(page)


def test_the_form_by_the_keyboard_alone(page, come_from_aws, buy):
    come_from_aws(buy())
    keys = page.keyboard
    for _ in range(12):
        keys.press("Tab")
        if page.evaluate("document.activeElement.id") == "id_email":
            break
    for text in ("bob@gmail.com", "Bob Burr", "Burr Bearings"):
        keys.type(text)
        keys.press("Tab")
    keys.press("Space")
    keys.press("Enter")

    expect(page.get_by_test_id("signup-status")).to_have_text("working")


def test_errors_are_linked_to_their_fields(page, come_from_aws, buy):
    come_from_aws(buy())
    page.get_by_role("button", name="Set up the account").click()

    expect(page.get_by_test_id("error")).to_be_focused()
    hold(page)
    page.get_by_test_id("error").get_by_role("link").first.click()
    expect(page.get_by_label("Work e-mail")).to_be_focused()


def test_signing_in_from_the_form_attaches_it(page, come_from_aws, make_tenant, buy):
    people.choose_password(make_tenant("alice@example.com").members.get())
    come_from_aws(buy())
    page.get_by_role("link", name="Sign in and attach it").click()
    sign_in(page, "alice@example.com")
    expect(page.get_by_role("heading", level=1)).to_have_text("Attach a subscription")
    hold(page)

    page.get_by_role("button", name="Attach it").click()

    expect(page.get_by_role("status").first).to_contain_text("part of this account now")
    hold(page)
    come_from_aws(buy())
    expect(page.get_by_text("You are signed in as alice@example.com")).to_be_visible()
    hold(page)


def test_a_subscription_that_has_an_account(page, come_from_aws, arrive):
    client = arrive()
    buyers.fill_in(client)

    come_from_aws(client.bought)

    expect(page.get_by_role("heading", level=1)).to_have_text("This subscription has an account")
    hold(page)


def test_an_account_without_a_subscription_and_with_one_that_ended(
    page, as_member, live_server, buy, confirm
):
    client = as_member()
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto("/account/subscription/")
    expect(page.get_by_role("heading", name="No subscription from AWS")).to_be_visible()
    hold(page)

    row = confirm(buy())
    now = timezone.now()
    Agreement.objects.filter(pk=row.pk).update(
        tenant=client.member.tenant, state="ended", ended_as="CANCELLED", ended_at=now
    )
    page.reload()

    expect(page.get_by_text("Subscribe again at AWS to go on")).to_be_visible()
    hold(page)


def test_a_colleague_who_is_no_owner_reads_whom_to_ask(
    page, as_member, live_server, come_from_aws, buy
):
    session = as_member("developer").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    come_from_aws(buy())

    page.get_by_role("link", name="Use the account that I have").click()

    expect(page.get_by_test_id("error")).to_contain_text("Only an owner")
    hold(page)


def test_closing_an_account_that_aws_bills(page, as_member, live_server, buy, confirm):
    client = as_member()
    bought = buy()
    Agreement.objects.filter(pk=confirm(bought).pk).update(tenant=client.member.tenant)
    confirm(bought)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    page.goto("/account/settings/close/")

    expect(page.get_by_text("is not cancelled by this")).to_be_visible()
    hold(page)


REFUSALS = {
    "missing": "No subscription came along",
    "malformed": "What your browser sent is no token of AWS",
    "unknown": "AWS does not know this token",
    "expired": "This token has expired",
    "busy": "We are busy at the moment",
    "ours": "We cannot ask AWS at the moment",
    "product": "This product is not sold here",
}


@pytest.mark.parametrize("why", REFUSALS)
def test_each_refusal(page, come_from_aws, buy, cloud, settings, why):
    bought, token = buy(), ""
    tokens = {"missing": " ", "malformed": "żółw", "unknown": "bm90IGEgdG9rZW4="}
    if why in tokens:
        token = tokens[why]
    if why == "expired":
        token = cloud.marketplace.set_up_account(bought.id)
        cloud.marketplace.advance(hours=5)
    if why == "busy":
        cloud.marketplace.faults.add(Fault("throttle", times=None))
    if why == "ours":
        cloud.marketplace.faults.add(Fault("error", code="DisabledApiException"))
    if why == "product":
        settings.MARKETPLACE_PRODUCTS = {}

    come_from_aws(bought, token)

    expect(page.get_by_role("heading", level=1)).to_have_text(REFUSALS[why])
    hold(page)


@pytest.mark.parametrize("path", ["/marketplace/register/", "/marketplace/registration/"])
def test_who_comes_by_hand(page, path):
    page.goto(path)

    expect(page.get_by_text("Press “Set up your account”").first).to_be_visible()
    hold(page)


def test_the_mails(page, arrive, confirm, run_tasks, cloud):
    client = arrive()
    buyers.fill_in(client)
    row = confirm(client.bought)
    mails.promise_ending(row, ends_at=timezone.now())
    mails.promise_ended(row, ended_at=timezone.now())
    run_tasks()

    sent = [mail for mail in cloud.mails("bob@gmail.com") if "subscription" in mail["subject"]]
    for mail in sent:
        page.set_content(mail["html"])
        hold_to_the_rules(page)
    assert len(sent) == 3
