"""Our own look at AWS: what was bought, and what nobody told us."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import agreements
from adapters.marketplace_notices import Kind, Told
from marketplace import inbox, looking
from marketplace.models import Agreement, Notice
from tenants import sweep
from tests import buyers, notices
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_contract_has_the_tier_that_was_bought(arrive, buy, cloud):
    browser = arrive(buy(buyers.CONTRACT, dimensions={"pro": 1}))
    buyers.fill_in(browser)
    sweep.run_due()

    row = Agreement.objects.get()
    assert (row.state, row.tier) == ("active", "pro")
    assert row.tenant.grants.get().tier == "pro"


def test_an_end_that_nobody_told_is_seen(arrive, buy, cloud):
    browser = arrive(buy())
    buyers.fill_in(browser)
    sweep.run_due()
    with cloud.marketplace.notices.held():
        cloud.marketplace.cancel(browser.bought.id)
    Agreement.objects.update(look_due_at="2020-01-01T00:00:00Z")
    sweep.run_due()

    assert Agreement.objects.get().ended_as == "CANCELLED"
    assert Agreement.objects.get().tenant.grants.get().ended_at


def look_again():
    Agreement.objects.update(look_due_at="2020-01-01T00:00:00Z")
    sweep.run_due()


def looks():
    return Notice.objects.filter(channel=Notice.Channel.LOOK).count()


def test_a_look_that_sees_nothing_new_is_not_kept_and_says_how_fresh_it_is(arrive, buy):
    buyers.fill_in(arrive(buy(buyers.CONTRACT, dimensions={"pro": 1})))
    sweep.run_due()
    look_again()
    before, kept = Agreement.objects.get(), looks()

    look_again()

    after = Agreement.objects.get()
    assert looks() == kept
    assert after.entitled_at > before.entitled_at
    assert (after.state, after.tier) == ("active", "pro")


def test_an_upgrade_that_nobody_told_is_seen(arrive, buy, cloud):
    browser = arrive(buy(buyers.CONTRACT, dimensions={"starter": 1}))
    buyers.fill_in(browser)
    sweep.run_due()
    with cloud.marketplace.notices.held():
        cloud.marketplace.upgrade(browser.bought.id, {"pro": 1})

    look_again()

    assert Agreement.objects.get().tenant.grants.get().tier == "pro"


def test_after_news_there_is_a_second_look_in_minutes(arrive, buy):
    buyers.fill_in(arrive(buy(buyers.CONTRACT, dimensions={"pro": 1})))
    sweep.run_due()

    row = Agreement.objects.get()
    assert row.look_due_at - row.looked_at == looking.AFTER_NEWS


@pytest.mark.parametrize(
    ("error", "pause"),
    [("ThrottlingException", looking.SOON), ("AccessDeniedException", looking.AGAIN)],
)
def test_a_look_that_fails_is_due_again_and_says_why(arrive, buy, error, pause):
    buyers.fill_in(arrive(buy()))
    sweep.run_due()
    Agreement.objects.update(look_due_at="2020-01-01T00:00:00Z")

    with failing("marketplace-agreement", "DescribeAgreement", error):
        sweep.run_due()

    row = Agreement.objects.get()
    assert error in row.trouble
    assert abs(row.look_due_at - timezone.now() - pause) < timedelta(seconds=30)
    assert row.tenant.grants.get().ended_at is None


def test_all_pages_of_entitlements_are_read(arrive, buy, cloud, monkeypatch):
    original = agreements.seller_client("marketplace-entitlement").get_entitlements
    api = agreements.seller_client("marketplace-entitlement")
    monkeypatch.setattr(api, "get_entitlements", lambda **asked: original(**asked, MaxResults=1))
    bought = {"starter": 1, "pro": 1, "enterprise": 1}

    buyers.fill_in(arrive(buy(buyers.CONTRACT, dimensions=bought)))
    sweep.run_due()

    row = Agreement.objects.get()
    assert {one.dimension for one in row.entitlements.all()} == set(bought)
    assert row.tier == "enterprise"


def test_a_row_that_is_united_with_another_while_aws_answers_stops_no_sweep(monkeypatch):
    lesser = Agreement.objects.create(license_id="l-61676d742d31")
    Agreement.objects.create(agreement_id="agmt-1", look_due_at=None)

    def answer_late(row):
        inbox.apply(inbox.save(notices.licensed()))
        return Told(Kind.LOOKED, timezone.now(), status="ACTIVE")

    monkeypatch.setattr(looking, "_ask", answer_late)
    looking.look_at_due()

    row = Agreement.objects.get()
    assert (row.agreement_id, row.license_id) == ("agmt-1", lesser.license_id)
    assert row.look_due_at is not None
    assert looks() == 0
