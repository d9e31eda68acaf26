"""Every public page, wide and narrow, light and dark: accessible, within the screen, no errors.

The strict content security policy is on, so an inline script or style is a console error here.
"""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.links import Origin
from campaigns.models import RefusalAlarm
from tenants import links, notice_texts
from tenants.models import ApiKey, Member, Message, OneTimeLink, SignUp, Tenant
from tenants.usage import quota_texts
from tests.backoffice.rows import a_quota_alert
from tests.browser.conftest import Visitor
from tests.browser.looks import hold_to_the_rules
from tests.customers import sign_up

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "Correct horse 7 battery"


def make_sign_up(**fields: Any) -> SignUp:
    values = {"form_key": uuid.uuid4(), "email": "bob@example.com", "code": "AUTUMN"}
    return SignUp.objects.create(**{**values, **fields})


def progress_path(row: SignUp) -> str:
    return reverse("progress", args=[row.pk])


def open_link(visitor: Visitor, member: Member, *, age: timedelta = timedelta()) -> None:
    token = links.mint_link(member, timezone.now() - age)
    visitor.go(f"/welcome/{token}/")


def choose_password(visitor: Visitor, member: Member) -> None:
    ApiKey.objects.update(shown_at=None)
    open_link(visitor, member)
    visitor.page.fill("#id_password", PASSWORD)
    visitor.page.fill("#id_repeated", PASSWORD)
    visitor.press("Save the password")
    expect(visitor.page.get_by_test_id("show-key")).to_be_visible()


def show_key(visitor: Visitor, member: Member) -> None:
    choose_password(visitor, member)
    visitor.page.get_by_test_id("show-key").click()
    expect(visitor.page.get_by_test_id("api-key")).to_be_visible()


def test_the_landing_page(look_at):
    look_at(lambda visitor: visitor.go("/"))


def test_the_empty_form(look_at):
    look_at(lambda visitor: visitor.go("/signup/"))


def test_the_form_with_a_code_from_the_fragment(look_at, make_code):
    code = make_code()

    def arrive(visitor):
        visitor.go(f"/signup/#code={code}")
        expect(visitor.page.get_by_test_id("code-feedback")).to_contain_text("Starter")
        visitor.page.get_by_text("Read the terms of use").click()

        assert visitor.page.locator("#id_code").input_value() == code
        assert "#" not in visitor.page.url

    look_at(arrive)


def test_the_form_with_a_misspelled_code(look_at):
    def type_nonsense(visitor):
        visitor.go("/signup/")
        visitor.page.fill("#id_code", "not a code?")
        expect(visitor.page.get_by_test_id("code-feedback")).to_have_text(
            "Check the spelling: no code looks like this."
        )

    look_at(type_nonsense)


def test_a_refused_form_has_the_focus_on_its_errors(look_at):
    def send_half(visitor):
        visitor.go("/signup/")
        visitor.page.fill("#id_code", "UUUU-UUUU")
        visitor.press("Sign up")
        expect(visitor.page.get_by_test_id("error")).to_be_focused()

    look_at(send_half)


def test_progress_while_working(look_at, make_code):
    row = sign_up(email="bob@example.com", code=make_code())

    def wait(visitor):
        visitor.go(progress_path(row))
        expect(visitor.page.get_by_test_id("signup-status")).to_have_text("working")

    look_at(wait)


def test_progress_that_takes_long(look_at, make_code):
    row = sign_up(email="bob@example.com", code=make_code())
    SignUp.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(minutes=3))

    def wait(visitor):
        visitor.go(progress_path(row))
        expect(visitor.page.get_by_text("longer than usual")).to_be_visible()

    look_at(wait)


def test_progress_when_ready_hides_the_address(look_at, make_tenant):
    row = SignUp.objects.get(tenant=make_tenant())

    def arrive(visitor):
        visitor.go(progress_path(row))
        expect(visitor.page.get_by_test_id("signup-status")).to_have_text("ready")

        assert "a•••@example.com" in visitor.page.content()
        assert "alice" not in visitor.page.content()

    look_at(arrive)


@pytest.mark.parametrize("state", ["refused", "closed"])
def test_progress_that_ended(look_at, state):
    row = make_sign_up(state=state)

    def arrive(visitor):
        visitor.go(progress_path(row))
        expect(visitor.page.get_by_test_id("signup-status")).to_have_text("failed")
        expect(visitor.page.get_by_role("link", name="Sign up again")).to_be_visible()

    look_at(arrive)


def test_progress_that_is_stuck_names_the_sign_up(look_at):
    tenant = Tenant.objects.create(company="Bob's Bearings", stuck=True)
    row = make_sign_up(state="provisioning", tenant=tenant)

    def arrive(visitor):
        visitor.go(progress_path(row))
        expect(visitor.page.get_by_test_id("signup-status")).to_have_text("failed")
        expect(visitor.page.get_by_text(str(row.pk)[:8])).to_be_visible()

    look_at(arrive)


def test_progress_follows_by_itself(make_visitor, make_code, run_tasks):
    visitor = make_visitor()
    visitor.go(progress_path(sign_up(email="bob@example.com", code=make_code())))
    status = visitor.page.get_by_test_id("signup-status")
    expect(status).to_have_text("working")

    run_tasks()

    expect(status).to_have_text("ready")
    expect(visitor.page).to_have_title("Check your mail · Gatehouse")
    assert visitor.complaints == []


def test_choosing_a_password(look_at, make_tenant):
    owner = make_tenant().members.get()

    look_at(lambda visitor: open_link(visitor, owner))


def test_a_password_that_is_too_weak(look_at, make_tenant):
    owner = make_tenant().members.get()

    def send_weak(visitor):
        open_link(visitor, owner)
        visitor.page.fill("#id_password", "short")
        visitor.page.fill("#id_repeated", "other")
        visitor.press("Save the password")
        expect(visitor.page.get_by_test_id("error")).to_be_focused()

    look_at(send_weak)


def test_the_key_before_it_is_shown(look_at, make_tenant):
    owner = make_tenant().members.get()

    look_at(lambda visitor: choose_password(visitor, owner))


def test_the_key_while_it_is_shown(look_at, make_tenant):
    owner = make_tenant().members.get()

    def show(visitor):
        show_key(visitor, owner)
        visitor.page.get_by_text("With Python, nothing to install").click()
        expect(visitor.page.locator("#python-call")).to_be_visible()

    look_at(show)


def test_the_key_after_it_was_shown(look_at, make_tenant):
    owner = make_tenant().members.get()

    def come_back(visitor):
        show_key(visitor, owner)
        visitor.go("/welcome/")
        expect(visitor.page.get_by_text("shown only once")).to_be_visible()

    look_at(come_back)


def test_the_key_can_be_copied_and_saved(make_visitor, make_tenant):
    visitor = make_visitor()
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    show_key(visitor, make_tenant().members.get())
    key = visitor.page.get_by_test_id("api-key").inner_text()

    visitor.press("Copy the key")
    expect(visitor.page.locator("#announcement")).to_have_text("Copied")
    with visitor.page.expect_download() as download:
        visitor.press("Save as a text file")

    assert visitor.page.evaluate("navigator.clipboard.readText()") == key
    assert key in download.value.path().read_text()
    assert visitor.complaints == []


def test_an_expired_link_and_the_next_one(look_at, make_tenant):
    owner = make_tenant().members.get()

    look_at(lambda visitor: open_link(visitor, owner, age=timedelta(days=9)))

    def ask_for_another(visitor):
        open_link(visitor, owner, age=timedelta(days=9))
        visitor.press("Send me a new link")
        expect(visitor.page.get_by_text("on its way")).to_be_visible()

    look_at(ask_for_another)


def test_a_used_link(look_at, make_tenant):
    owner = make_tenant().members.get()

    def open_used(visitor):
        token = links.mint_link(owner, timezone.now())
        OneTimeLink.objects.update(used_at=timezone.now())
        visitor.go(f"/welcome/{token}/")
        expect(visitor.page.get_by_role("heading", name="used already")).to_be_visible()

    look_at(open_used)


def test_a_link_that_nobody_sent(look_at):
    look_at(lambda visitor: visitor.go("/welcome/nonsense/"))


def test_a_page_that_is_not_there(look_at):
    look_at(lambda visitor: visitor.go("/not-there/"))


@pytest.mark.parametrize(
    "template",
    [
        "403.html",
        "500.html",
        "portal/busy.html",
        "portal/limited.html",
        "portal/form_expired.html",
        "portal/locked_out.html",
    ],
)
def test_trouble(look_at, template):
    context = {"request_id": str(uuid.uuid4()), "cooloff_timedelta": timedelta(minutes=15)}

    look_at(lambda visitor: visitor.show(template, **context))


@pytest.mark.parametrize("kind", ["welcome", "reset", "password_link", "already_known"])
def test_mails(make_visitor, make_tenant, kind):
    member = None if kind == "already_known" else make_tenant().members.get()
    context = {"member": member, "link": "https://gatehouse.example/welcome/x/", "days": 7}

    visitor = make_visitor()
    # A mail reader shows it without a policy of ours, so its style may be inline.
    visitor.page.set_content(
        render_to_string(
            f"tenants/mail/{kind}.html",
            {**context, "support": "support@gatehouse.example", "portal": "https://x.example"},
        )
    )

    hold_to_the_rules(visitor.page)


def test_the_notice_of_an_alarm(make_visitor, make_campaign):
    campaign, now = make_campaign(), timezone.now()
    alarm = RefusalAlarm.objects.create(
        campaign=campaign.public_id, hour=now, raised_at=now, checks=90, refused=81
    )

    hold_the_notice(make_visitor(), Message(kind="alarm_notice", campaign=campaign, alarm=alarm))


@pytest.mark.parametrize("kind", ["quota", "quota_notice"])
def test_mails_about_a_quota(make_visitor, make_tenant, kind):
    tenant = make_tenant()
    alert = a_quota_alert(tenant)

    hold_the_notice(
        make_visitor(), Message(kind=kind, member=tenant.members.get(), quota_alert=alert)
    )


def hold_the_notice(visitor, message):
    facts = {**notice_texts.facts_of(message), "portal": "https://x.example"}
    facts |= quota_texts.facts_of(message)
    facts |= {"member": message.member, "support": "support@gatehouse.example"}
    visitor.page.set_content(render_to_string(f"tenants/mail/{message.kind}.html", facts))

    expect(visitor.page.locator("body")).to_contain_text("81" if message.alarm else "50,000")
    hold_to_the_rules(visitor.page)


@pytest.mark.parametrize("kind", [Message.Kind.SIGN_UP_NOTICE, Message.Kind.DAILY_NOTICE])
def test_notices_of_sign_ups(make_visitor, make_code, kind):
    row = sign_up(code=make_code(), origin=Origin(utm_source="fair-berlin"))
    message = Message(kind=kind, campaign=row.campaign, day=timezone.localdate())
    message.sign_up = row if kind == Message.Kind.SIGN_UP_NOTICE else None

    visitor = make_visitor()
    facts = {**notice_texts.facts_of(message), "portal": "https://x.example"}
    visitor.page.set_content(render_to_string(f"tenants/mail/{kind}.html", facts))

    expect(visitor.page.locator("body")).to_contain_text("fair-berlin")
    hold_to_the_rules(visitor.page)
