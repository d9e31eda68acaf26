"""Agreements that nobody told us of: AWS is asked for them, and the look says how they stand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import agreements
from marketplace import searching, waiting
from marketplace.models import Agreement, AgreementSearch
from tenants import sweep
from tests import buyers
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def untold(cloud, buy):
    """Buy without a notice and without a person who comes."""

    def make(*args, **terms):
        with cloud.marketplace.notices.held():
            return buy(*args, **terms)

    return make


def search_again():
    AgreementSearch.objects.update(due_at="2020-01-01T00:00:00Z")
    sweep.run_due()


def test_an_agreement_that_nobody_told_us_of_is_found_and_waits_for_staff(untold):
    bought = untold(buyers.CONTRACT, dimensions={"pro": 1})

    sweep.run_due()

    row = Agreement.objects.get()
    assert (row.agreement_id, row.license_arn) == (bought.id, bought.license_arn)
    assert (row.product_code, row.account_id) == (buyers.CONTRACT, bought.account_id)
    assert (row.state, row.tier) == ("active", "pro")
    assert AgreementSearch.objects.get(product_code=buyers.CONTRACT).found == 1
    late = timezone.now() + waiting.PATIENCE * 2
    assert [each.kind.name for each in waiting.what_waits(late)] == ["unregistered"]


def test_the_buyer_of_a_found_agreement_registers_for_that_row(untold, arrive):
    bought = untold()
    sweep.run_due()

    buyers.fill_in(arrive(bought))

    assert Agreement.objects.get().tenant.grants.get().tier == "pro"


def test_what_ended_before_anybody_heard_of_it_is_left_alone(untold, cloud):
    bought = untold()
    with cloud.marketplace.notices.held():
        cloud.marketplace.cancel(bought.id)

    sweep.run_due()

    assert not Agreement.objects.exists()


def test_an_end_is_seen_by_the_search_before_the_look_of_every_six_hours(arrive, buy, cloud):
    browser = arrive(buy())
    buyers.fill_in(browser)
    sweep.run_due()
    Agreement.objects.update(look_due_at=timezone.now() + timedelta(hours=6))
    with cloud.marketplace.notices.held():
        cloud.marketplace.cancel(browser.bought.id)

    search_again()

    assert Agreement.objects.get().ended_as == "CANCELLED"
    assert Agreement.objects.get().tenant.grants.get().ended_at


def test_later_searches_ask_for_what_changed_since(untold, cloud):
    untold()
    sweep.run_due()
    since = AgreementSearch.objects.get(product_code=buyers.SUBSCRIPTION).search_from
    cloud.marketplace.calls.clear()

    search_again()

    searches = [call.request["filters"] for call in cloud.marketplace.calls.of("SearchAgreements")]
    asked = [{one["name"]: one["values"][0] for one in filters} for filters in searches]
    moments = [one.get("AfterLastUpdateTime") for one in asked]
    assert len(moments) == 5
    # The four products of which there is nothing yet are asked about from the first.
    assert {*moments} == {None, f"{since:%Y-%m-%dT%H:%M:%SZ}"}


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(agreements, "MOST_A_PAGE", 2)
    monkeypatch.setattr(searching, "MOST_PAGES", 2)


def test_a_long_list_is_read_on_in_the_next_sweep(untold, cloud, small_pages):
    for _ in range(9):
        untold()
        cloud.marketplace.advance(minutes=1)

    counts = []
    for _ in range(5):
        searching.search_due()
        counts.append(Agreement.objects.count())

    assert counts[0] == 4
    assert counts[-1] == 9
    assert AgreementSearch.objects.get(product_code=buyers.SUBSCRIPTION).due_at > timezone.now()


@pytest.mark.parametrize(
    ("error", "pause"),
    [("ThrottlingException", searching.SOON), ("AccessDeniedException", searching.AGAIN)],
)
def test_a_search_that_fails_is_due_again_and_waits_for_staff(error, pause):
    with failing("marketplace-agreement", "SearchAgreements", error):
        sweep.run_due()

    row = AgreementSearch.objects.first()
    assert error in row.trouble
    assert abs(row.due_at - timezone.now() - pause) < timedelta(seconds=30)
    found = {each.kind.name: each for each in waiting.what_waits(timezone.now())}
    assert len(found["search-trouble"].lines) == AgreementSearch.objects.count() == 5

    search_again()
    assert not list(waiting.what_waits(timezone.now()))


def test_many_workers_list_a_product_once(untold, in_threads):
    untold()

    lines = in_threads(6, lambda _: searching.search_due())

    assert sum(lines) == 1
    assert Agreement.objects.count() == 1


def test_what_a_reseller_sold_is_not_in_our_list(untold):
    untold(reseller_account_id="210987654321")

    sweep.run_due()

    assert not Agreement.objects.exists()


def test_a_legacy_subscription_is_looked_at_too(arrive, untold, cloud):
    browser = arrive(untold(buyers.LEGACY))
    buyers.fill_in(browser)

    sweep.run_due()

    row = Agreement.objects.get()
    assert (row.state, row.agreement_id) == ("active", "")
    assert row.tenant.grants.get().ended_at is None


def test_the_lost_end_of_a_legacy_subscription_is_seen_and_so_is_its_buyer_coming_back(
    arrive, buy, untold, cloud
):
    bought = buy(buyers.LEGACY)
    buyers.fill_in(arrive(bought))
    sweep.run_due()
    with cloud.marketplace.notices.held():
        cloud.marketplace.cancel(bought.id)

    search_again()
    assert Agreement.objects.get().state == "ended"

    with cloud.marketplace.notices.held():
        cloud.marketplace.advance(hours=2)
    untold(buyers.LEGACY, account_id=bought.account_id)
    search_again()
    assert Agreement.objects.get().state == "active"


def test_a_payment_that_failed_opens_no_legacy_subscription(arrive, untold):
    buyers.fill_in(arrive(untold(buyers.LEGACY, payment_fails=True)))

    sweep.run_due()

    assert Agreement.objects.get().state == "pending"


@pytest.mark.parametrize("auto_renews", [True, False])
def test_whether_an_agreement_renews_by_itself_is_seen(arrive, buy, auto_renews):
    bought = buy(buyers.CONTRACT, dimensions={"pro": 1}, auto_renews=auto_renews)
    buyers.fill_in(arrive(bought))

    sweep.run_due()

    assert Agreement.objects.get().auto_renews is auto_renews
