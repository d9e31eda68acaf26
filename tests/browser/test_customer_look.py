"""The customer's page in five states, and an account that is reset by keyboard alone."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from adapters import key_values
from backoffice import audit
from backoffice.audit import Act
from tenants.models import Message, OneTimeLink, SyncStep, Tenant
from tests.backoffice import rows
from tests.backoffice.doors import list_url, page_url
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOW = timezone.now()
STATES = {
    "being set up": {"reconciled_generation": 0, "reconciled_at": None},
    "open": {},
    "suspended": {"suspended_at": NOW, "suspension_reason": "Invoice 4711 is unpaid"},
    "stuck": {"stuck": True, "generation": 2, "trouble": "apigateway CreateApiKey: LimitExceeded"},
    "closed": {"state": Tenant.State.CLOSED},
}


@pytest.fixture
def supporter(context: BrowserContext, live_server, staff):
    cookie = staff("support").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return context.new_page()


def a_customer_with_a_past(state: str) -> Tenant:
    tenant = rows.a_customer(**STATES[state])
    member = tenant.members.get()
    rows.a_mail(member=member, state=Message.State.SENT, sent_at=NOW)
    OneTimeLink.objects.create(
        member=member, token_hash="0" * 64, expires_at=NOW + timedelta(hours=1)
    )
    if state in ("suspended", "closed"):
        audit.record(Act(None, "Invoice 4711 is unpaid", name="nina"), "suspend", tenant)
    error = STATES[state].get("trouble", "")
    for system, what in (
        ("Cognito", "create user alice@example.com"),
        ("DynamoDB", "write rights of alice@example.com: open, starter"),
        ("API Gateway", "issue key on the starter plan"),
    ):
        SyncStep.objects.create(
            tenant=tenant,
            generation=1,
            system=system,
            what=what,
            error=error if system == "API Gateway" else "",
        )
    if state != "closed":
        rows.a_request(member)
        rows.a_day_of_usage(tenant)
        rows.an_agreement(tenant=tenant)
        rows.a_subscription(member)
    return tenant


@pytest.mark.parametrize("state", STATES)
def test_the_page_in_each_state(supporter: Page, live_server, state):
    tenant = a_customer_with_a_past(state)

    supporter.goto(live_server.url + page_url(tenant))

    expect(supporter.get_by_test_id("customer")).to_contain_text(state.capitalize())
    hold_to_the_rules(supporter)


def test_finding(supporter: Page, live_server):
    rows.a_customer()
    rows.a_customer("Ames Tools", "alfred@example.com")
    supporter.goto(live_server.url + reverse("admin:tenants_find"))
    hold_to_the_rules(supporter)

    for quoted, heading in (("ames", "2 match"), ("nobody@nowhere", "Nothing matches")):
        supporter.get_by_label("What do they quote?").fill(quoted)
        supporter.get_by_role("button", name="Find", exact=True).click()
        expect(supporter.get_by_role("heading", name=heading)).to_be_visible()
        hold_to_the_rules(supporter)

    supporter.goto(live_server.url + list_url(Tenant()) + "?q=newcomer")
    expect(supporter.get_by_role("button", name="Look everywhere")).to_be_visible()
    hold_to_the_rules(supporter)


def test_a_pasted_key_leaves_the_browser_as_its_hash(supporter: Page, live_server):
    tenant, value = rows.a_customer(), key_values.draw_value("local")
    requests: list[str] = []
    supporter.on("request", lambda request: requests.append(request.url))
    supporter.goto(live_server.url + list_url(tenant))

    supporter.locator("#searchbar").fill(value)
    expect(supporter.locator("#searchbar")).not_to_have_value(value)
    expect(supporter.locator("#searchbar")).to_have_value(re.compile("^[0-9a-f]{64}$"))
    supporter.locator("#searchbar").press("Enter")
    expect(supporter.get_by_text("Nothing matches")).to_be_visible()

    assert not [url for url in requests if value in url]


def test_an_account_is_found_and_reset_by_keyboard_alone(supporter: Page, live_server):
    tenant = rows.a_customer()
    keys = supporter.keyboard
    supporter.goto(live_server.url + reverse("admin:tenants_find"))
    tab_to(supporter, "What do they quote?")
    keys.type("alice@example.com")
    keys.press("Enter")
    supporter.wait_for_url(f"**{page_url(tenant)}")

    tab_to(supporter, "Reset account")
    keys.press("Enter")
    supporter.wait_for_url("**/do/reset/")
    tab_to(supporter, "Also replace the API key")
    keys.press("Space")
    tab_to(supporter, "Reason")
    keys.type("Laptop stolen, said on the telephone")
    tab_to(supporter, "Reset account")
    keys.press("Enter")
    supporter.wait_for_url(f"**{page_url(tenant)}")

    expect(supporter.get_by_text("1 account will be reset.")).to_be_visible()
    assert Message.objects.get().kind == Message.Kind.RESET
    assert tenant.keys.count() == 1


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what bears this name has the focus, and is seen to have it."""
    for _press in range(150):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and focused.evaluate(
            "(it, name) => [it.labels?.[0]?.innerText, it.innerText, it.ariaLabel]"
            ".some(text => text && text.trim().endsWith(name))",
            name,
        ):
            expect(focused).to_be_in_viewport()
            return
    raise AssertionError(f"Tab does not lead to {name}")
