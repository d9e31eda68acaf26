"""Opening an account without a code, in a browser: each page in every look, and the whole walk."""

import re

import pytest
from playwright.sync_api import expect

from tenants.models import SignUp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EMAIL = "nina@newcomer.example"


def send_form(visitor):
    visitor.go("/register/")
    for name, value in {"email": EMAIL, "full_name": "Nina New", "company": "Newcomer"}.items():
        visitor.page.fill(f"#id_{name}", value)
    visitor.page.check("#id_accept_terms")
    visitor.press("Mail me the code")
    expect(visitor.page.locator("#id_code")).to_be_visible()


def code_of(cloud):
    return re.search(r"\d{6}", cloud.mails(EMAIL)[0]["text"])[0]


def test_the_form(look_at):
    look_at(lambda visitor: visitor.go("/register/"))


def test_the_form_with_errors(look_at):
    def send_nothing(visitor):
        visitor.go("/register/")
        visitor.press("Mail me the code")
        expect(visitor.page.get_by_text("Write your e-mail address.")).not_to_have_count(0)

    look_at(send_nothing)


def test_the_page_that_asks_for_the_code(look_at):
    def arrive(visitor):
        send_form(visitor)
        waiting = visitor.page.get_by_role("button", name=re.compile("Another code in"))
        expect(waiting).to_be_disabled()

    look_at(arrive)


def test_the_page_after_a_wrong_code(look_at):
    def type_wrong(visitor):
        send_form(visitor)
        visitor.page.fill("#id_code", "000000")
        visitor.press("Confirm")
        expect(visitor.page.get_by_text("That is not the code")).not_to_have_count(0)

    look_at(type_wrong)


def test_from_the_landing_page_to_a_key(make_visitor, cloud, run_tasks):
    visitor = make_visitor()
    visitor.go("/")
    visitor.page.get_by_role("link", name="Open an account without one").click()
    send_form(visitor)

    visitor.page.fill("#id_code", code_of(cloud))
    visitor.press("Confirm")
    run_tasks()
    visitor.press("Choose a password")
    visitor.page.fill("#id_password", "Correct horse 7 battery")
    visitor.page.fill("#id_repeated", "Correct horse 7 battery")
    visitor.press("Save the password")
    visitor.page.get_by_test_id("show-key").click()

    expect(visitor.page.get_by_test_id("api-key")).to_be_visible()
    assert SignUp.objects.get().tenant.company == "Newcomer"
    assert visitor.complaints == []
