"""Somebody with a browser in front of a public page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.looks import hold_to_the_rules

# A page that comes late is not a wrong page: two cores may be shared with the rest of the suite.
expect.set_options(timeout=15_000)


@dataclass
class Visitor:
    """Somebody with a browser window, and whatever its console complained about."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.site + path)

    def show(self, template: str, **context: Any) -> None:
        """Show a page that only trouble brings up, without having the trouble."""
        html = render_to_string(template, context)
        self.page.route("**/trouble", lambda route: route.fulfill(body=html))
        self.go("/trouble")

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).click()

    def note(self, message: ConsoleMessage) -> None:
        # A refused form and a page that is gone are answers, not faults.
        if message.type == "error" and "the server responded with a status of" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def make_visitor(live_server: Any, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    contexts = []

    def make() -> Visitor:
        context = browser.new_context(reduced_motion="reduce")
        contexts.append(context)
        visitor = Visitor(context.new_page(), live_server.url)
        visitor.page.on("console", visitor.note)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        return visitor

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def look_at(make_visitor: Callable[..., Visitor]) -> Callable[[Callable[[Visitor], None]], None]:
    """Bring a page up and hold it, in every look, to what every page must be."""

    def look(bring_up: Callable[[Visitor], None]) -> None:
        visitor = make_visitor()
        bring_up(visitor)
        hold_to_the_rules(visitor.page)
        assert visitor.page.locator("h1").count() == 1
        assert visitor.complaints == []

    return look
