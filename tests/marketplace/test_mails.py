"""Mails about a subscription: to the owners, once for each occasion, with the next step."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace import mails
from marketplace.models import Agreement
from tenants import sweep
from tenants.models import Tenant
from tests import people
from tests.buyers import CONTRACT, fill_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def subscribed(arrive, buy, confirm, run_tasks):
    """Return the agreement of a customer with two owners and a developer."""
    bought = buy(CONTRACT)
    fill_in(arrive(bought))
    tenant = Tenant.objects.get()
    for role, email in (("owner", "carol@example.com"), ("developer", "dan@example.com")):
        people.add_member(tenant, role, email)
    row = confirm(bought, tier="pro", trial_ends_at=timezone.now() + timedelta(days=30))
    run_tasks()
    return row


def about(cloud, word):
    return [mail for mail in cloud.mails() if word in mail["subject"]]


def test_the_start_is_told_to_each_owner_once_with_the_next_steps(subscribed, cloud, run_tasks):
    mails.promise_started(subscribed)
    run_tasks()

    sent = about(cloud, "has started")
    assert {mail["to"] for mail in sent} == {"bob@gmail.com", "carol@example.com"}
    assert len(sent) == 2
    for part in ("text", "html"):
        assert "Your plan is Pro" in sent[0][part]
        assert "The free trial goes until" in sent[0][part]
        assert "/account/subscription/" in sent[0][part]
        assert "Choose a password" in sent[0][part]


def test_an_end_to_come_is_told_once_for_each_date(subscribed, cloud, run_tasks):
    for days in (90, 90, 60):
        mails.promise_ending(subscribed, ends_at=timezone.now() + timedelta(days=days))
    run_tasks()

    sent = about(cloud, "is ending")
    assert len(sent) == 4
    assert f"{subscribed.ends_at:%Y-%m-%d}" in sent[0]["text"]


def test_an_end_is_told_once_with_the_way_back(subscribed, cloud, run_tasks):
    ended_at = timezone.now()
    Agreement.objects.update(state="ended", ended_as="CANCELLED", ended_at=ended_at)
    for _ in range(3):
        mails.promise_ended(Agreement.objects.get(), ended_at=ended_at)
    run_tasks()

    sent = about(cloud, "has ended")
    assert len(sent) == 2
    assert f"ended on {ended_at:%Y-%m-%d %H:%M} UTC" in sent[0]["text"]
    assert "subscribe again at AWS" in sent[0]["text"]


def test_an_agreement_without_an_account_has_nobody_to_write_to(buy, confirm, cloud, run_tasks):
    row = confirm(buy())

    mails.promise_started(row)
    mails.promise_ended(row, ended_at=timezone.now())
    run_tasks()

    assert cloud.mails() == []


def test_no_mail_has_a_place_that_was_not_filled_in(subscribed, cloud, run_tasks):
    mails.promise_ending(subscribed, ends_at=timezone.now())
    mails.promise_ended(subscribed, ended_at=timezone.now())
    run_tasks()

    for mail in cloud.mails():
        assert not re.search(r"\{[{%]|None| ,|  \w+ on \.", mail["text"] + mail["subject"])


def test_a_contract_that_ends_within_a_month_is_told_of_once(arrive, buy, cloud, run_tasks):
    fill_in(arrive(buy(CONTRACT, dimensions={"pro": 1}, months=1)))
    for _ in range(2):
        Agreement.objects.update(look_due_at="2020-01-01T00:00:00Z")
        sweep.run_due()
        run_tasks()

    assert len(about(cloud, "is ending")) == 1


def test_one_that_ends_later_or_renews_by_itself_is_not(arrive, buy, cloud, run_tasks):
    fill_in(arrive(buy(CONTRACT, dimensions={"pro": 1}, months=12)))
    sweep.run_due()
    Agreement.objects.update(auto_renews=True, ends_at=timezone.now() + timedelta(days=9))
    mails.promise_what_is_due(Agreement.objects.get(), timezone.now())
    run_tasks()

    assert about(cloud, "is ending") == []


def test_an_advisory_is_told_to_staff_once_and_closes_nothing(
    arrive, buy, cloud, run_tasks, settings
):
    settings.STAFF_URL = "https://staff.example"
    browser = arrive(buy())
    fill_in(browser)
    cloud.marketplace.advise(browser.bought.id)
    for _ in range(2):
        sweep.run_due()
        run_tasks()

    row = Agreement.objects.get()
    [sent] = about(cloud, "AWS has doubts about agreement")
    assert sent["to"] == "support@gatehouse.example"
    for part in ("text", "html"):
        assert row.agreement_id in sent[part]
        assert "Burr Bearings" in sent[part]
        page = f"/admin/tenants/tenant/{row.tenant_id}/change/"
        assert f"https://staff.example{page}" in sent[part]
    assert row.tenant.grants.get().ended_at is None


def test_an_advisory_about_nobody_of_ours_says_so(buy, cloud, run_tasks, transactional_db):
    bought = buy()
    cloud.marketplace.advise(bought.id)
    sweep.run_due()
    run_tasks()

    [sent] = about(cloud, "AWS has doubts about agreement")
    assert "No customer of ours has this agreement yet" in sent["text"]
