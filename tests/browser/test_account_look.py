"""The account's pages, wide and narrow, light and dark, and by the keyboard alone."""

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from localcloud import totp
from tests import people
from tests.browser.looks import hold_to_the_rules
from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROLES = ("owner", "developer", "read-only")


@pytest.fixture
def open_as(as_member, browser: Browser, live_server):
    """Return a page in the browser of somebody with this role, and what its console says."""
    contexts = []

    def open_page(role: str = "", path: str = "/account/") -> Page:
        context = browser.new_context(base_url=live_server.url, reduced_motion="reduce")
        contexts.append(context)
        if role:
            session = as_member(role).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: note(page, message))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def note(page, message):
    # A refused form is an answer, not a fault.
    if message.type == "error" and "the server responded with a status of" not in message.text:
        page.complaints.append(message.text)


def hold(page: Page) -> None:
    hold_to_the_rules(page)
    assert page.locator("h1").count() == 1
    assert page.complaints == []


def test_the_sign_in(open_as):
    hold(open_as(path="/account/login/"))


def test_a_refused_sign_in_has_the_focus_on_its_errors(open_as):
    page = open_as(path="/account/login/")
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_test_id("error")).to_be_focused()

    hold(page)


def test_signing_in_and_out_by_the_keyboard_alone(open_as, make_tenant):
    member = make_tenant("alice@example.com").members.get()
    people.choose_password(member)
    page = open_as(path="/account/")
    keys = page.keyboard

    for _ in range(12):
        keys.press("Tab")
        if page.evaluate("document.activeElement.id") == "id_email":
            break
    keys.type(member.email)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ames Optics")
    page.get_by_role("button", name="Sign out").focus()
    keys.press("Enter")

    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    hold(page)


def test_a_forgotten_password(open_as):
    page = open_as(path="/account/forgotten/")
    hold(page)

    page.get_by_label("E-mail").fill("alice@example.com")
    page.get_by_role("button", name="Ask for a link").click()

    expect(page.get_by_role("heading", name="We have your request")).to_be_visible()
    hold(page)


def test_redeeming_a_code(open_as, make_code, make_campaign):
    page = open_as("owner", "/account/redeem/")
    page.get_by_label("Promo code").fill(make_code(make_campaign(slug="offer", tier="pro")))
    expect(page.get_by_test_id("code-feedback")).to_contain_text("Pro tier")
    hold(page)

    page.get_by_role("button", name="Redeem").click()

    expect(page.get_by_role("status").first).to_contain_text("you have Pro now")
    hold(page)


@pytest.mark.parametrize("role", ROLES)
def test_the_overview(open_as, role):
    page = open_as(role)
    expect(page.get_by_role("navigation", name="Account")).to_be_visible()

    hold(page)


def test_people_invited_changed_and_removed(open_as):
    page = open_as("owner", "/account/people/")
    hold(page)
    page.get_by_label("Name").fill("Bob Burr")
    page.get_by_label("E-mail").fill("bob@example.com")
    page.get_by_label("Role").select_option("read-only")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("status").first).to_contain_text("bob@example.com is invited")
    hold(page)

    page.get_by_role("link", name="Change bob@example.com").click()
    hold(page)
    page.get_by_role("button", name="Remove bob@example.com").click()

    expect(page.get_by_role("status").first).to_contain_text("Replace the API key")
    hold(page)


def test_a_half_filled_invitation(open_as):
    page = open_as("owner", "/account/people/")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_test_id("error")).to_be_focused()

    hold(page)


@pytest.mark.parametrize("role", ROLES)
def test_the_settings(open_as, role):
    page = open_as(role, "/account/settings/")
    expect(page.get_by_role("link", name="Close the account…")).to_have_count(int(role == "owner"))

    hold(page)


@pytest.mark.parametrize("role", ["developer", "read-only"])
@pytest.mark.parametrize("path", ["people", "redeem", "settings/close"])
def test_what_is_the_owners_alone(open_as, role, path):
    """No page leads there, and who types the address reads why they may not."""
    page = open_as(role, "/account/settings/")
    expect(page.locator(f'main a[href="/account/{path}/"]')).to_have_count(0)
    page.goto("/account/")
    expect(page.locator(f'main a[href="/account/{path}/"]')).to_have_count(0)

    answer = page.goto(f"/account/{path}/")

    assert answer.status == 403
    expect(page.locator("main form")).to_have_count(0)
    hold(page)


FORMS = [
    *((role, path) for role in ROLES for path in ("password", "authenticator")),
    ("owner", "authenticator/remove"),
    ("owner", "close"),
]


@pytest.mark.parametrize(("role", "path"), FORMS)
def test_the_forms_of_the_settings(open_as, role, path):
    page = open_as(role, f"/account/settings/{path}/")
    hold(page)

    page.locator("main form button[type=submit]").click()

    expect(page.get_by_test_id("error")).to_be_focused()
    hold(page)


def test_setting_up_an_app_and_signing_in_with_it_by_the_keyboard(open_as):
    page = open_as("owner", "/account/settings/authenticator/")
    keys = page.keyboard
    page.get_by_label("Your present password").focus()
    keys.type(PASSWORD)
    keys.press("Enter")
    secret = page.get_by_test_id("totp-key").inner_text().replace(" ", "")
    hold(page)
    page.get_by_label("Your present password").focus()
    keys.type(PASSWORD)
    keys.press("Tab")
    keys.type(code(secret))
    keys.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("From the next sign-in on")

    page.goto("/account/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()
    hold(page)
    page.get_by_label("Code").fill(code(secret, 1))
    keys.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Ames Optics")


def code(secret: str, away: int = 0) -> str:
    return totp.code_at(secret, int(time.time()) // totp.PERIOD + away)


def test_giving_the_account_away(open_as, as_member):
    heir = as_member("developer").member
    page = open_as("owner", f"/account/people/m{heir.pk}/")
    hold(page)

    page.get_by_role("link", name="Give the account away").click()
    give = page.get_by_role("button", name="Give the account to")
    give.click()
    expect(page.get_by_test_id("error")).to_be_focused()
    hold(page)
    page.get_by_label("Your present password").fill(PASSWORD)
    give.click()

    expect(page.get_by_role("status").first).to_contain_text("owns the account now")
    hold(page)
