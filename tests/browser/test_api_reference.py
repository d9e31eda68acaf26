"""The reference of the API in a browser: in every look, by keyboard, without JavaScript."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATHS = ["/docs/api/", "/docs/api/problems"]


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "reduced_motion": "reduce"}


@pytest.fixture
def complaints(page: Page) -> list[str]:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


@pytest.mark.parametrize("path", PATHS)
def test_the_page_is_accessible_in_every_look(
    page: Page, live_server: Any, complaints: list[str], path: str
) -> None:
    page.goto(live_server.url + path)
    for language in page.locator("details").all():
        language.evaluate("details => details.open = true")

    hold_to_the_rules(page)

    assert page.locator("h1").count() == 1
    assert complaints == []


def test_a_language_is_opened_and_copied_by_keyboard(page: Page, live_server: Any) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(live_server.url + "/docs/api/")
    solve = page.locator("#post-v1-solve")

    solve.get_by_text("JavaScript", exact=True).first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#announcement")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "await fetch(" in copied
    assert copied == solve.locator("#post-v1-solve-javascript").inner_text().strip()


def test_a_problem_leads_to_what_to_do(page: Page, live_server: Any) -> None:
    page.goto(live_server.url + "/docs/api/")

    page.locator("#post-v1-solve").get_by_role("link", name="429 too_many_calls").click()

    expect(page).to_have_url(live_server.url + "/docs/api/problems#too_many_calls")
    expect(page.locator("#too_many_calls")).to_be_in_viewport()
    expect(page.locator("#too_many_calls")).to_contain_text("Retry-After")


@pytest.mark.parametrize("path", PATHS)
def test_everything_is_there_without_javascript(
    browser: Browser, live_server: Any, path: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + path)

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    if path == PATHS[0]:
        expect(page.locator("#post-v1-solve-curl")).to_contain_text("curl -X POST")
    context.close()
