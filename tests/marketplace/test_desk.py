"""What waits for staff at AWS Marketplace, and what they do about it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.models import AuditEvent
from marketplace import inbox, waiting, wording
from marketplace.folding import KNOWN_ENDS
from marketplace.models import (
    Agreement,
    AgreementSearch,
    MeteredHour,
    Metering,
    Notice,
    Registration,
)
from tenants import sweep
from tests import buyers
from tests.backoffice.doors import do, list_url, page_url, verb_url
from tests.backoffice.rows import a_customer, a_notice, an_agreement

pytestmark = pytest.mark.django_db(transaction=True)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def came(row, ago):
    type(row).objects.filter(pk=row.pk).update(created_at=timezone.now() - ago)
    return row


def old_notice(**fields):
    row = a_notice(**fields)
    Notice.objects.filter(pk=row.pk).update(received_at=timezone.now() - 2 * HOUR)
    return row


def a_search(**fields):
    return AgreementSearch.objects.create(product_code=buyers.CONTRACT, **fields)


def bought(**fields):
    return came(an_agreement(**fields), 2 * HOUR)


def of_customer(**fields):
    return bought(tenant=a_customer(), **fields)


def unconfirmed():
    Registration.objects.create(agreement=bought(state="pending"))


def renewed(**fields):
    ended = {"state": "ended", "ended_as": "RENEWED", "ended_at": timezone.now() - DAY}
    return of_customer(**ended)


def an_hour(**fields):
    now = timezone.now()
    values = {"dimension": "units", "hour": now - 5 * HOUR, "billed_to": "l-1", "quantity": 7}
    values |= {"closed_at": now - 4 * HOUR, "deadline_at": now + 20 * HOUR}
    return MeteredHour.objects.create(agreement=of_customer(), **values | fields)


WAITS = {
    "metering-refused": lambda: Metering.objects.create(trouble="AccessDeniedException"),
    "usage-late": lambda: an_hour(deadline_at=timezone.now() + HOUR),
    "usage-lost": lambda: an_hour(state="rejected", trouble="CustomerNotSubscribed"),
    "advisory": lambda: of_customer(advisory_since=timezone.now()),
    "trouble": lambda: of_customer(trouble="AccessDeniedException"),
    "search-trouble": lambda: a_search(trouble="AccessDeniedException"),
    "notice-trouble": lambda: a_notice(state="waiting", trouble="locked"),
    "notice-waiting": lambda: old_notice(state="waiting"),
    "unknown-product": lambda: bought(product_code="somebody-elses"),
    "without-successor": renewed,
    "unregistered": bought,
    "unconfirmed": unconfirmed,
    "unknown-notice": a_notice,
    "unreadable-notice": lambda: a_notice(state="unreadable"),
    "odd-end": lambda: of_customer(state="ended", ended_as="VANISHED", ended_at=timezone.now()),
    "ending": lambda: of_customer(ends_at=timezone.now() + 10 * DAY),
}

DOES_NOT = {
    "usage that has time": an_hour,
    "usage that AWS accepted": lambda: an_hour(state="accepted"),
    "lost usage that staff have seen": lambda: an_hour(state="expired", seen_at=timezone.now()),
    "an advisory on which staff decided": lambda: of_customer(
        advisory_since=timezone.now() - HOUR, advisory_decided_at=timezone.now()
    ),
    "a customer's active agreement": of_customer,
    "one bought just now": an_agreement,
    "one whose buyer came just now": lambda: Registration.objects.create(
        agreement=an_agreement(state="pending")
    ),
    "a cancelled one": lambda: of_customer(
        state="ended", ended_as="CANCELLED", ended_at=timezone.now()
    ),
    "one that renews by itself": lambda: of_customer(
        ends_at=timezone.now() + 10 * DAY, auto_renews=True
    ),
    "one that ends in a year": lambda: of_customer(ends_at=timezone.now() + 300 * DAY),
    "a search that went well": lambda: a_search(searched_at=timezone.now()),
    "an applied notice": lambda: old_notice(state="applied"),
    "a notice that staff have seen": lambda: old_notice(state="dismissed"),
    "what staff have marked as seen": lambda: bought(seen_at=timezone.now()),
}


@pytest.mark.parametrize("kind", WAITS)
def test_each_kind_waits_once(kind):
    WAITS[kind]()

    assert [found.kind.name for found in waiting.what_waits(timezone.now())] == [kind]
    assert waiting.count_waiting(timezone.now()) == 1


@pytest.mark.parametrize("case", DOES_NOT)
def test_nobody_has_to_look_at(case):
    DOES_NOT[case]()

    assert list(waiting.what_waits(timezone.now())) == []
    assert waiting.count_waiting(timezone.now()) == 0


def test_every_kind_has_a_test():
    assert {kind.name for kind in waiting.KINDS} == set(WAITS)


@pytest.mark.parametrize("names_it", [True, False])
def test_a_renewal_that_has_its_successor_does_not_wait(names_it):
    """Whether the new one names the old one, or is of the same buyer and product."""
    old = renewed()
    named = {"previous_agreement_id": old.agreement_id, "account_id": "999988887777"}
    bought(tenant=old.tenant, **(named if names_it else {}))

    assert list(waiting.what_waits(timezone.now())) == []


def test_the_page_says_what_waits_since_when_and_leads_there(staff):
    row = of_customer(trouble="AccessDeniedException")
    page = staff("support").get(reverse("admin:marketplace_inbox")).content.decode()

    assert "Agreements that are stuck" in page
    assert "AccessDeniedException" in page
    assert "Ames Optics" in page
    assert page_url(row) in page


def test_an_empty_inbox_says_so(staff):
    page = staff("auditor").get(reverse("admin:marketplace_inbox")).content.decode()

    assert "Nothing waits." in page


def test_marketing_sees_no_inbox(staff):
    assert staff("marketing").get(reverse("admin:marketplace_inbox")).status_code == 403


def test_many_of_a_kind_are_cut_and_said_to_be(staff, monkeypatch):
    monkeypatch.setattr(waiting, "SHOWN", 3)
    for _ in range(4):
        a_notice()
    page = staff("operations").get(reverse("admin:marketplace_inbox"))

    assert page.content.decode().count('data-testid="waiting"') == 3
    assert "There are more" in page.content.decode()


def test_its_page_shows_what_was_heard_and_whose_it_is(staff):
    row = of_customer()
    a_notice(agreement=row, state="applied", kind="License Updated")
    a_notice(agreement=row, state="applied", channel=Notice.Channel.LOOK, kind="look")
    page = staff("support").get(page_url(row)).content.decode()

    assert "License Updated" in page
    assert "Our own look</li>" in page
    assert "Ames Optics" in page


def facts(page):
    """The rows of an agreement's page: name and words."""
    form = page.context["adminform"]
    shown = [field for fieldset in form for line in fieldset for field in line]
    return {field.field["label"]: field.contents() for field in shown}


def test_its_page_says_what_aws_says_as_people_do(staff):
    names = {"offer_id": "offer-7", "license_arn": "arn:of:l-7", "initial_agreement_id": "agmt-1"}
    linked = {"previous_agreement_id": "agmt-2", "intent": "RENEW", "auto_renews": True}
    row = of_customer(state="ended", ended_as="TERMINATED", **names, **linked)

    shown = facts(staff("support").get(page_url(row)))

    assert {
        "State": "Ended",
        "Ended as": "AWS ended it, for instance because a payment failed (TERMINATED)",
        "License ARN": "arn:of:l-7",
        "Offer": "offer-7",
        "Bought as": "the renewal of another agreement (RENEW)",
        "Replaces agreement": "agmt-2",
        "First agreement of the chain": "agmt-1",
        "Renews by itself": "yes",
    }.items() <= shown.items()


@pytest.mark.parametrize(
    ("facts_of_row", "label", "words"),
    [
        ({"state": "pending"}, "State", "Waiting: AWS has not confirmed it yet"),
        ({"trouble": "AccessDenied"}, "State", "Active"),
        ({"auto_renews": False}, "Renews by itself", "no"),
        ({"auto_renews": None}, "Renews by itself", "AWS has not said"),
        ({"intent": "BARTER"}, "Bought as", "BARTER"),
        (
            {"ended_as": "DEPROVISIONED"},
            "Ended as",
            "its licence was withdrawn (License Deprovisioned)",
        ),
        ({"ended_as": "VANISHED"}, "Ended as", "for a reason that is new to us (VANISHED)"),
    ],
)
def test_its_page_has_words_for_whatever_is_so(staff, facts_of_row, label, words):
    shown = facts(staff("support").get(page_url(bought(**facts_of_row))))

    assert shown[label] == words


@pytest.mark.parametrize("word", sorted(KNOWN_ENDS))
def test_every_end_that_we_know_has_words(word):
    assert "new to us" not in wording.end_in_words(word)


@pytest.mark.parametrize("verb", ["close", "suspend"])
def test_staff_who_take_access_away_read_whom_aws_goes_on_billing(staff, verb):
    tenant = of_customer().tenant
    bought(tenant=tenant)
    page = staff("admin").get(verb_url(tenant, verb)).content.decode()

    assert page.count("AWS goes on billing Ames Optics until they cancel there.") == 1


@pytest.mark.parametrize("state", ["pending", "ended"])
def test_what_aws_does_not_bill_is_no_warning(staff, state):
    tenant = of_customer(state=state, ended_as="").tenant
    an_agreement(tenant=a_customer("Burr Bearings", "bob@example.com"))
    page = staff("admin").get(verb_url(tenant, "close")).content.decode()

    assert "goes on billing" not in page


def test_a_customers_page_leads_to_the_agreement(staff):
    row = of_customer()
    page = staff("support").get(page_url(row.tenant)).content.decode()

    assert page_url(row) in page


def test_a_notice_is_shown_word_for_word_and_runs_nothing(staff):
    row = a_notice(body="<script>alert(1)</script>")
    page = staff("auditor").get(page_url(row)).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_list_of_notices_says_which_is_a_look_of_ours(staff):
    row = a_notice(channel=Notice.Channel.LOOK, kind="look", state=Notice.State.APPLIED)

    page = staff("operations").get(list_url(row)).content.decode()

    assert "Our own look</a>" in page
    assert ">look</a>" not in page


class TestAttaching:
    @pytest.mark.parametrize("whom", ["by id", "by address"])
    def test_the_customer_has_what_was_bought(self, staff, buy, make_tenant, run_tasks, whom):
        buy()
        sweep.run_due()
        tenant, row = make_tenant("alice@example.com"), Agreement.objects.get()
        named = tenant.pk if whom == "by id" else "Alice@example.com"

        page = do(staff("support"), "attach", row, customer=named)

        assert "1 agreement is attached." in page
        grant = tenant.grants.get(source="marketplace")
        assert (grant.tier, grant.ended_at) == ("pro", None)
        assert AuditEvent.objects.filter(action="attach agreement", reason="asked").exists()

    def test_nobody_is_found_by_half_an_address(self, staff, make_tenant):
        make_tenant("alice@example.com")
        row = an_agreement()

        page = do(staff("support"), "attach", row, customer="alice@")

        assert "No open customer has this id or e-mail address." in page
        row.refresh_from_db()
        assert row.tenant is None

    def test_what_another_customer_has_is_not_taken(self, staff, make_tenant):
        row, tenant = of_customer(), make_tenant("bob@example.com")

        page = do(staff("support"), "attach", row, customer=tenant.pk)

        assert "Detach it there first." in page

    def test_detaching_ends_the_grant(self, staff, arrive):
        buyers.fill_in(arrive())
        sweep.run_due()
        row = Agreement.objects.get()
        tenant = row.tenant

        do(staff("support"), "detach", row)

        row.refresh_from_db()
        assert row.tenant is None
        assert tenant.grants.get(source="marketplace").ended_at
        assert AuditEvent.objects.filter(action="detach agreement").exists()


class TestDeciding:
    @pytest.mark.parametrize(("decision", "is_suspended"), [("keep", False), ("suspend", True)])
    def test_an_advisory_is_decided_once(self, staff, decision, is_suspended):
        row = of_customer(advisory_since=timezone.now() - HOUR)

        do(staff("operations"), "decide", row, decision=decision)

        row.refresh_from_db()
        assert not waiting.is_advisory_open(row)
        assert row.tenant.is_suspended is is_suspended

    def test_a_later_advisory_waits_again(self):
        row = of_customer(advisory_since=timezone.now(), advisory_decided_at=timezone.now() - HOUR)

        assert waiting.is_advisory_open(row)

    def test_who_asks_aws_is_answered_by_the_next_sweep(self, staff, arrive):
        buyers.fill_in(arrive())
        sweep.run_due()
        row = Agreement.objects.get()
        Agreement.objects.update(looked_at=None, look_due_at=None, trouble="busy")

        do(staff("support"), "look", row)
        sweep.run_due()

        row.refresh_from_db()
        assert row.looked_at is not None
        assert row.trouble == ""

    def test_what_is_seen_leaves_the_inbox(self, staff):
        row = bought()

        do(staff("operations"), "seen", row)

        assert list(waiting.what_waits(timezone.now())) == []


class TestNotices:
    def test_one_that_is_seen_leaves_the_inbox_and_stays(self, staff):
        row = a_notice()

        do(staff("operations"), "dismiss", row)

        row.refresh_from_db()
        assert row.state == Notice.State.DISMISSED
        assert list(waiting.what_waits(timezone.now())) == []

    def test_one_is_applied_again(self, staff):
        row = a_notice()

        do(staff("operations"), "apply-again", row)

        row.refresh_from_db()
        assert row.state == Notice.State.WAITING
        inbox.take_notices()
        row.refresh_from_db()
        assert row.state in (Notice.State.UNKNOWN, Notice.State.UNREADABLE)
