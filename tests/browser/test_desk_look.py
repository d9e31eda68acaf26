"""The staff pages of AWS Marketplace, wide and narrow, light and dark."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from marketplace.models import AgreementSearch, MeterAttempt, MeterCall, MeteredHour
from tests import buyers
from tests.backoffice import rows
from tests.backoffice.doors import list_url, page_url, verb_url
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(context: BrowserContext, live_server, staff):
    cookie = staff("operations").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return context.new_page()


def test_the_inbox_leads_to_an_advisory_that_is_decided(operator, live_server):
    row = rows.an_agreement(tenant=rows.a_customer(), advisory_since=timezone.now())
    rows.an_agreement(trouble="marketplace-agreement DescribeAgreement: AccessDeniedException")
    rows.a_notice()
    operator.goto(live_server.url + reverse("admin:marketplace_inbox"))
    expect(operator.get_by_role("heading", name="AWS suspects something")).to_be_visible()
    hold_to_the_rules(operator)

    operator.get_by_role("link", name=row.agreement_id).click()
    expect(operator.get_by_role("heading", level=1)).to_have_count(1)
    hold_to_the_rules(operator)
    operator.goto(live_server.url + verb_url(row, "decide"))
    hold_to_the_rules(operator)


def test_an_empty_inbox(operator, live_server):
    operator.goto(live_server.url + reverse("admin:marketplace_inbox"))
    expect(operator.get_by_text("Nothing waits.")).to_be_visible()
    hold_to_the_rules(operator)


def test_the_lists_and_a_notice(operator, live_server):
    ends_at = timezone.now() + timedelta(days=200)
    row = rows.an_agreement(tenant=rows.a_customer(), ends_at=ends_at)
    notice = rows.a_notice(agreement=row, body='{"detail-type": "Something New", ' + 900 * "x")
    for address in (list_url(row), list_url(notice), page_url(notice)):
        operator.goto(live_server.url + address)
        hold_to_the_rules(operator)


def test_a_search_that_fails_is_found_in_the_inbox_and_sent_again(operator, live_server):
    row = AgreementSearch.objects.create(
        product_code=buyers.CONTRACT,
        searched_at=timezone.now() - timedelta(hours=7),
        trouble="marketplace-agreement SearchAgreements: AccessDeniedException",
    )
    AgreementSearch.objects.create(product_code=buyers.SUBSCRIPTION, found=3)
    operator.goto(live_server.url + list_url(row))
    hold_to_the_rules(operator)
    operator.goto(live_server.url + reverse("admin:marketplace_inbox"))
    operator.get_by_role("link", name=buyers.CONTRACT).click()
    hold_to_the_rules(operator)

    operator.get_by_role("link", name="Search now").click()
    hold_to_the_rules(operator)
    operator.get_by_label("Reason").fill("The role may search now")
    operator.get_by_role("button", name="Search now").click()

    row.refresh_from_db()
    assert (row.trouble, row.search_from) == ("", None)
    assert row.due_at <= timezone.now()


def test_a_customer_s_page_with_what_they_bought(operator, live_server):
    tenant = rows.a_customer()
    now = timezone.now()
    rows.an_agreement(tenant=tenant, tier="pro", starts_at=now - timedelta(days=2))
    ended = {"state": "ended", "ended_as": "RENEWED", "ended_at": now, "trouble": "AccessDenied"}
    rows.an_agreement(tenant=tenant, product_code=buyers.CONTRACT, **ended)
    operator.goto(live_server.url + page_url(tenant))
    expect(operator.get_by_role("heading", name="Bought on AWS Marketplace")).to_be_visible()
    hold_to_the_rules(operator)
    operator.get_by_role("link", name="Suspend").click()
    expect(operator.get_by_text("AWS goes on billing Ames Optics")).to_be_visible()
    hold_to_the_rules(operator)


def test_what_was_bought_is_found_by_the_keyboard_alone(operator, live_server):
    row = rows.an_agreement(tenant=rows.a_customer())
    operator.goto(live_server.url + reverse("admin:index"))
    operator.keyboard.press("Control+k")
    expect(operator.get_by_placeholder("Type to search")).to_be_focused()
    operator.keyboard.type(row.agreement_id)
    expect(operator.get_by_text("Customer: alice@example.com, Open")).to_be_visible()
    found = operator.get_by_text("Agreement: Gatehouse solver, pay as you go, Active")
    expect(found).to_be_visible()
    hold_to_the_rules(operator)

    operator.keyboard.press("ArrowDown")
    operator.keyboard.press("ArrowDown")
    operator.keyboard.press("Enter")

    expect(operator).to_have_url(live_server.url + page_url(row))


def test_enter_leads_to_the_first_of_what_ctrl_k_found(operator, live_server):
    row = rows.an_agreement(tenant=rows.a_customer())
    operator.goto(live_server.url + reverse("admin:index"))
    operator.keyboard.press("Control+k")
    expect(operator.get_by_placeholder("Type to search")).to_be_focused()
    operator.keyboard.press("Enter")
    operator.keyboard.type(row.agreement_id)
    expect(operator.get_by_text("Customer: alice@example.com, Open")).to_be_visible()

    operator.keyboard.press("Enter")

    expect(operator).to_have_url(live_server.url + page_url(row.tenant))


def test_the_ledger_leads_to_a_rejected_hour_that_is_sent_again(operator, live_server):
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    agreement = rows.an_agreement(tenant=rows.a_customer())
    values = {"agreement": agreement, "dimension": "units", "billed_to": "l-1"}
    record = {"Dimension": "units", "QuantityAsDecimal": "1200", "Timestamp": hour.isoformat()}
    row = MeteredHour.objects.create(
        **values,
        hour=hour,
        counted=1500,
        used=1500,
        quantity=1200,
        state="rejected",
        trouble="CustomerNotSubscribed",
        record=record,
        deadline_at=hour + timedelta(hours=24),
    )
    MeteredHour.objects.create(
        **values, hour=hour - timedelta(hours=1), state="accepted", deadline_at=timezone.now()
    )
    answer = {"Results": [{"UsageRecord": record, "Status": "CustomerNotSubscribed"}]}
    call = MeterCall.objects.create(
        product_code=agreement.product_code, request={"UsageRecords": [record]}, answer=answer
    )
    MeterAttempt.objects.create(hour=row, call=call, verdict="CustomerNotSubscribed")
    for address in (list_url(row), list_url(call), page_url(call)):
        operator.goto(live_server.url + address)
        hold_to_the_rules(operator)
    operator.goto(live_server.url + reverse("admin:marketplace_inbox"))
    operator.get_by_role("link", name=str(row)).click()
    expect(operator.get_by_text("For AWS the customer has no subscription")).to_be_visible()
    hold_to_the_rules(operator)

    operator.get_by_role("link", name="Send again").click()
    hold_to_the_rules(operator)
    operator.get_by_label("Reason").fill("They subscribe again")
    operator.get_by_role("button", name="Send again").click()

    row.refresh_from_db()
    assert row.state == "ready"
