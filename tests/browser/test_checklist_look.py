"""The report of the Marketplace checklist as a reviewer opens it: a file, without a server."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from marketplace.checklist import by_hand
from marketplace.checklist.cases import Case, Unmet
from marketplace.checklist.report import write_report
from marketplace.checklist.running import run_cases
from tests.browser.looks import hold_to_the_rules

pytestmark = pytest.mark.browser


def passes(scene, notes):
    notes.do("Posted AWS's form from another site.")
    notes.see(True, "It answered 303 and led on to the form.")


def fails(scene, notes):
    raise Unmet("access opened (waited 60 s)")


def test_the_report_looks_right(tmp_path, page: Page):
    asks = "A registration page takes AWS's POST."
    cases = [
        Case(f"case-{look.__name__}", "Registration", asks, "checklist", look)
        for look in (passes, fails)
    ]
    findings = list(run_cases([*cases, *by_hand.CASES], None))
    report, _ = write_report(
        tmp_path, findings, subject="A listing", at=datetime(2026, 11, 25, tzinfo=UTC)
    )

    page.goto(report.as_uri())

    expect(page.locator("#case-fails")).to_contain_text("Not so: access opened")
    expect(page.locator("#billing-metering .verdict")).to_have_text("by hand")
    hold_to_the_rules(page)
