"""`make pictures`: the guides' pictures, taken of the running `make run` as its people see it.

Each walk is one person's. It goes by the words on the pages, so a page that was renamed or a button
that is gone stops it: then the guide is wrong too.
"""

import argparse
import json
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, expect, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
SIZE: Any = {"width": 1280, "height": 800}
PATIENCE_SECONDS = 60


@dataclass
class Guide:
    """Shows somebody around; `run` is `.local/run.json`, pictures go to `folder`."""

    browser: Browser
    run: dict[str, Any]
    folder: Path

    @contextmanager
    def visitor(self) -> Iterator[Page]:
        context = self.browser.new_context(
            base_url=self.run["portal"], viewport=SIZE, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        yield context.new_page()
        context.close()

    @contextmanager
    def staff(self, role: str) -> Iterator[Page]:
        login = self.run["staff"][role]
        with self.visitor() as page:
            page.goto("/admin/")
            page.locator("input[name=username]").fill(login["username"])
            page.locator("input[name=password]").fill(login["password"])
            page.get_by_role("button", name="Log in").click()
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            yield page

    def shoot(self, page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.evaluate("document.activeElement && document.activeElement.blur()")
        page.screenshot(path=self.folder / f"{name}.png")

    def mailed_link(self, address: str) -> str:
        """The newest one-time link that was mailed there. TimeoutError if none comes."""
        url = f"{self.run['mailbox']}/mails.json?{urlencode({'to': address})}"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with urlopen(url, timeout=10) as answer:  # noqa: S310 - the local cloud's own page
                texts = "\n".join(mail["text"] for mail in json.load(answer))
            if found := re.search(r"http\S+/welcome/\S+", texts):
                return found[0]
            time.sleep(0.2)
        raise TimeoutError(f"No mail with a link came to {address}.")


def customer(guide: Guide) -> None:
    address, password = "ada@lovelace.example", "Analytical-engine-1843"
    with guide.visitor() as page:
        page.goto("/signup/")
        page.get_by_label("Promo code").fill(guide.run["demo_code"])
        page.get_by_label("Work e-mail").fill(address)
        page.get_by_label("Your name").fill("Ada Lovelace")
        page.get_by_label("Company").fill("Lovelace Engines")
        page.get_by_label("I accept the terms").check()
        expect(page.get_by_test_id("code-feedback")).to_contain_text("Starter")
        guide.shoot(page, "signup")
        page.get_by_role("button", name="Sign up").click()
        expect(page.get_by_test_id("signup-status")).to_have_text("ready")
        page.goto(guide.mailed_link(address))
        form = page.get_by_test_id("set-password-form")
        guide.shoot(page, "password")
        for field in ("password", "repeated"):
            form.locator(f"input[name={field}]").fill(password)
        form.locator("button[type=submit]").click()
        expect(page.get_by_test_id("show-key")).to_be_visible()
        page.get_by_test_id("show-key").click()
        expect(page.get_by_test_id("api-key")).to_be_visible()
        page.goto("/account/")
        page.get_by_label("E-mail").fill(address)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        guide.shoot(page, "account")
        page.goto("/account/keys/")
        guide.shoot(page, "keys")


def buyer(guide: Guide) -> None:
    with guide.visitor() as page:
        page.goto(guide.run["marketplace"])
        page.get_by_role("link", name="Buy Gatehouse solver, pay as you go").first.click()
        page.get_by_role("button", name="Buy").click()
        guide.shoot(page, "simulator")
        page.get_by_role("button", name="Set up your account", exact=True).click()
        expect(page.get_by_label("Work e-mail")).to_be_visible()
        guide.shoot(page, "registration")


def marketing(guide: Guide) -> None:
    with guide.staff("marketing") as page:
        _open(page, "Campaigns")
        page.get_by_role("link", name="Autumn launch", exact=True).click()
        guide.shoot(page, "campaign")
        page.get_by_role("link", name="Generate codes").click()
        guide.shoot(page, "codes")
        _open(page, "Analytics")
        guide.shoot(page, "analytics")


def support(guide: Guide) -> None:
    with guide.staff("support") as page:
        _open(page, "Find")
        page.locator("input[name=quoted]").fill("north")
        guide.shoot(page, "find")
        _open(page, "Customers")
        page.get_by_role("link", name="Quiet Labs", exact=True).click()
        guide.shoot(page, "customer")
        page.get_by_role("link", name="Reset account").click()
        guide.shoot(page, "reset-account")


def operations(guide: Guide) -> None:
    with guide.staff("operations") as page:
        guide.shoot(page, "dashboard")
        _open(page, "Inbox")
        guide.shoot(page, "inbox")


def auditor(guide: Guide) -> None:
    with guide.staff("auditor") as page:
        _open(page, "Audit trail")
        guide.shoot(page, "audit")
        _open(page, "Costs")
        guide.shoot(page, "costs")


def administrator(guide: Guide) -> None:
    with guide.staff("admin") as page:
        _open(page, "People", 1)
        page.get_by_role("link", name="support", exact=True).click()
        guide.shoot(page, "staff")


def _open(page: Page, name: str, which: int = 0) -> None:
    """By the sidebar, which has two entries called People."""
    page.locator("#nav-sidebar-apps a", has_text=name).nth(which).click()


WALKS = (customer, buyer, marketing, support, operations, auditor, administrator)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.pictures", description=__doc__)
    parser.add_argument("--run", type=Path, default=Path(".local/run.json"))
    parser.add_argument("--to", type=Path, default=IMAGES)
    options = parser.parse_args()
    if not options.run.exists():
        print("Start `make run` in another terminal first, and wait until it is ready.")
        return 1
    take(json.loads(options.run.read_text()), options.to)
    return 0


def take(run: dict[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for walk in WALKS:
            walk(Guide(browser, run, folder))
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
