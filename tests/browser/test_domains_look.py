"""The owner's pages of domains, and the page behind the link in a mail to the domain."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from backoffice.audit import SYSTEM
from tenants.domains import holding, looking
from tenants.models import Domain, DomainClaim, Tenant
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = "ames.example"


@pytest.fixture
def owner(as_member, make_visitor):
    """Return the owner's browser window."""
    visitor = make_visitor()
    session = as_member().cookies["sessionid"].value
    cookie = {"name": "sessionid", "value": session, "url": visitor.site}
    visitor.page.context.add_cookies([cookie])
    return visitor


def hold(visitor) -> None:
    hold_to_the_rules(visitor.page)
    assert visitor.page.locator("h1").count() == 1
    assert visitor.complaints == []


def add(visitor, name=NAME) -> None:
    visitor.go("/account/domains/")
    visitor.page.get_by_label("Domain", exact=True).fill(name)
    visitor.press("Add and prove")


def test_from_nothing_to_a_domain_by_a_record(owner, run_tasks, cloud):
    owner.go("/account/domains/")
    hold(owner)
    add(owner, "gmail.com")
    expect(owner.page.get_by_test_id("error")).to_be_focused()
    hold(owner)

    add(owner)
    expect(owner.page.get_by_text("We are looking now.")).to_be_visible()
    hold(owner)
    run_tasks()
    expect(owner.page.get_by_text("Not there yet")).to_be_visible()
    hold(owner)

    cloud.dns.put(NAME, looking.record_of(DomainClaim.objects.get()))
    owner.press("Look now")
    run_tasks()
    expect(owner.page.get_by_role("heading", name="Who joins by it")).to_be_visible()
    hold(owner)
    Domain.objects.update(missing_since=timezone.now() - timedelta(days=2))
    owner.page.reload()
    hold(owner)
    owner.go("/account/domains/")
    hold(owner)


def test_from_a_mail_to_a_domain_without_a_mouse(owner, make_visitor, run_tasks, cloud):
    add(owner)
    run_tasks()
    owner.press("Send the link")
    run_tasks()
    owner.page.reload()
    expect(owner.page.get_by_text("Sent to postmaster@ames.example")).to_be_visible()
    text = cloud.mails(f"postmaster@{NAME}")[0]["text"]

    reader = make_visitor()
    reader.go(re.search(r"/domains/confirm/[\w-]+/", text)[0])
    hold(reader)
    tab_to(reader.page, "Confirm:")
    reader.page.keyboard.press("Enter")

    expect(reader.page.get_by_role("heading", name="The domain is confirmed")).to_be_visible()
    hold(reader)
    assert Domain.objects.get().way == "mail"
    reader.go("/domains/confirm/")
    hold(reader)


def tab_to(page: Page, beginning: str) -> None:
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip().startswith(beginning):
            return
    raise AssertionError(f"the keyboard does not reach {beginning}")


def test_somebody_asks_and_is_refused(owner, make_visitor, run_tasks, cloud):
    customer = Tenant.objects.get()
    holding.hold(customer, SYSTEM, name=NAME, rule="ask")
    asker = make_visitor()
    asker.go("/register/")
    form = {"email": f"bob@{NAME}", "full_name": "Bob Burr", "company": "Burr"}
    for name, value in form.items():
        asker.page.fill(f"#id_{name}", value)
    asker.page.check("#id_accept_terms")
    asker.page.locator("main button[type=submit]").click()
    code = re.search(r"\d{6}", cloud.mails(f"bob@{NAME}")[0]["text"])[0]
    asker.page.fill("#id_code", code)
    asker.page.press("#id_code", "Enter")
    expect(asker.page.get_by_role("heading", name="An owner is asked")).to_be_visible()
    hold(asker)

    owner.go("/account/people/")
    hold(owner)
    owner.page.get_by_role("button", name=f"Refuse bob@{NAME}").click()
    expect(owner.page.get_by_role("status").first).to_contain_text("is refused")

    asker.page.reload()
    expect(asker.page.get_by_role("heading", name="You were not let in")).to_be_visible()
    hold(asker)
