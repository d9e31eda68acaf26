"""The page of API keys in a browser: every state of it, each role, and by the keyboard alone."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backoffice.audit import SYSTEM
from tenants import keys
from tenants.models import ApiKey, Tenant
from tests.browser.test_account_look import hold
from tests.browser.test_account_look import open_as as open_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGE = "/account/keys/"


@pytest.fixture
def rotated(make_tenant, run_tasks) -> Tenant:
    """A customer with a key that is being retired beside the current one."""
    tenant = make_tenant("alice@example.com")
    ApiKey.objects.update(shown_at=tenant.created_at)
    keys.rotate_key(tenant, SYSTEM, overlap=timedelta(hours=24))
    run_tasks()
    return tenant


@pytest.mark.parametrize("role", ["owner", "developer", "read-only"])
def test_the_keys_as_each_role_sees_them(open_as, rotated, role):
    hold(open_as(role, PAGE))


def test_the_page_without_any_key_and_with_one_that_ended(open_as, make_tenant, run_tasks):
    tenant = make_tenant("alice@example.com")
    keys.revoke_key(tenant.keys.get(), SYSTEM)
    run_tasks()

    hold(open_as("owner", PAGE))


def test_the_pages_that_ask(open_as, rotated):
    page = open_as("owner", f"{PAGE}rotate/")
    hold(page)
    page.goto(f"{PAGE}{rotated.keys.get(state='live').pk}/revoke/")
    hold(page)


def test_a_refused_rotation_has_the_focus_on_its_reason(open_as, rotated):
    page = open_as("owner", f"{PAGE}rotate/")
    page.get_by_role("button", name="Make the new key").click()

    expect(page.get_by_test_id("error")).to_be_focused()
    hold(page)


def test_rotating_by_the_keyboard_alone_and_seeing_the_key_once(open_as, make_tenant, run_tasks):
    make_tenant("alice@example.com")
    ApiKey.objects.update(shown_at=ApiKey.objects.get().created_at)
    page = open_as("owner", PAGE)
    press = page.keyboard.press

    page.get_by_role("link", name="Rotate").focus()
    press("Enter")
    expect(page.get_by_label("24 hours more")).to_be_checked()
    page.get_by_label("24 hours more").focus()
    press("ArrowUp")
    expect(page.get_by_label("1 hour more")).to_be_checked()
    press("Tab")
    press("Enter")
    expect(page.get_by_role("heading", name="A new key is being made")).to_be_visible()
    run_tasks()
    expect(page.get_by_test_id("show-key")).to_be_visible()
    page.get_by_test_id("show-key").focus()
    press("Enter")

    shown = page.get_by_test_id("api-key").text_content()
    assert shown.endswith(ApiKey.objects.get(state="live").last4)


def test_the_key_that_is_shown_holds_to_the_rules(open_as, make_tenant, run_tasks):
    make_tenant("alice@example.com")
    page = open_as("owner", PAGE)
    page.get_by_test_id("show-key").click()
    expect(page.get_by_test_id("api-key")).to_be_visible()

    hold(page)
