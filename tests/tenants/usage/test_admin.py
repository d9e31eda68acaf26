"""What staff see of usage: the list by key and day, what differs, alerts, and who is silent."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.models import QuotaAlert, Tenant, UsageDay, UsageLook
from tests.backoffice import rows
from tests.backoffice.doors import list_url, page_url

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
LIST = reverse("admin:tenants_usageday_changelist")
CUSTOMERS = reverse("admin:tenants_tenant_changelist")


def listed(client, url: str) -> list:
    return list(client.get(url).context["cl"].result_list)


@pytest.fixture
def customer(db):
    return rows.a_customer()


@pytest.fixture
def make_silent():
    """Make a customer who last called so many days ago, or never."""

    def make(company: str, *, last: int | None, since: int = 100, **fields) -> Tenant:
        now = timezone.now()
        tenant = rows.a_customer(company, f"{company}@example.com", **fields)
        Tenant.objects.filter(pk=tenant.pk).update(created_at=now - since * DAY)
        on = None if last is None else now.astimezone(UTC).date() - last * DAY
        UsageLook.objects.create(tenant=tenant, looked_at=now, last_call_on=on)
        return tenant

    return make


def names(client, query: str) -> set[str]:
    return {tenant.company for tenant in listed(client, CUSTOMERS + query)}


def test_the_list_shows_both_counts_and_the_difference_in_words(staff, customer):
    row = rows.a_day_of_usage(customer)

    page = staff("auditor").get(LIST).content.decode()

    assert "Ames Optics" in page
    assert "+5" in page
    detail = staff("support", username="sue").get(page_url(row)).content.decode()
    assert "The gateway let in calls that our function did not finish" in detail
    assert page_url(customer) in detail
    assert "(&#x27;" not in detail


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"difference": None}, "The gateway was not asked yet."),
        ({"difference": 0, "is_off": False}, "Both agree to the call."),
        ({"difference": -7}, "We counted calls that the gateway has not told of."),
        ({"tenant": None}, "No customer has this key."),
    ],
)
def test_each_kind_of_difference_says_what_it_means(staff, customer, fields, words):
    row = rows.a_day_of_usage(**{"tenant": customer, **fields})

    assert words in staff("operations").get(page_url(row)).content.decode()


def test_what_differs_is_a_filter(staff, customer):
    today = timezone.now().date()
    fine = rows.a_day_of_usage(customer, is_off=False, difference=0)
    off = rows.a_day_of_usage(customer)
    old = rows.a_day_of_usage(customer, day=today - 30 * DAY)
    client = staff("operations")

    assert listed(client, f"{LIST}?difference=lately") == [off]
    assert listed(client, f"{LIST}?difference=ever") == [off, old]
    assert set(listed(client, LIST)) == {fine, off, old}


def test_usage_is_found_by_key_and_by_customer(staff, customer):
    key = customer.keys.get()
    type(key).objects.update(key_id="abcdefgh12")
    mine = rows.a_day_of_usage(customer, api_key_id="abcdefgh12")
    rows.a_day_of_usage(rows.a_customer("Other", "bob@example.com"))
    client = staff("support")

    for term in ("abcdefgh12", "yz89", "ab12…yz89", customer.pk):
        assert mine in listed(client, f"{LIST}?q={term}")
    assert listed(client, f"{LIST}?q=abcdefgh12") == [mine]
    assert listed(client, f"{LIST}?q={customer.pk}") == [mine]


def test_marketing_does_not_see_usage(staff):
    assert staff("marketing").get(LIST).status_code == 403


def test_who_used_their_quota_up_is_a_list(staff, customer):
    rows.a_quota_alert(customer)
    half = rows.a_quota_alert(customer, threshold=50, used=25_000)
    client = staff("support")
    url = list_url(QuotaAlert())

    page = client.get(f"{url}?threshold__exact=100").content.decode()

    assert "50,000 of 50,000" in page
    assert "25,000 of 50,000" not in page
    assert page_url(customer) in client.get(page_url(half)).content.decode()


def test_a_customer_s_page_shows_quota_chart_and_keys(staff, make_tenant):
    tenant = make_tenant()
    key = tenant.keys.get().key_id
    calls = {"calls": 25_000, "gateway_calls": 25_000, "by_tier": {"starter": [25_000, 0]}}
    rows.a_day_of_usage(tenant, api_key_id=key, **{**calls, "difference": 0, "is_off": False})

    page = staff("support").get(page_url(tenant)).content.decode()

    assert "of 50,000 calls, 50 %" in page
    assert f"{LIST}?q={tenant.pk}" in page
    assert page.count('class="usage-chart"') == 2


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?silent=30", {"31", "61", "91", "never"}),
        ("?silent=60", {"61", "91", "never"}),
        ("?silent=90", {"91", "never"}),
        ("?silent=never", {"never", "new"}),
        ("?silent=x", {"30", "31", "61", "91", "never", "new"}),
    ],
)
def test_customers_who_do_not_call_are_found(staff, make_silent, query, expected):
    for days in (30, 31, 61, 91):
        make_silent(str(days), last=days)
    make_silent("never", last=None)
    make_silent("new", last=None, since=5)

    assert names(staff("support"), query) == expected


def test_who_may_not_call_or_was_not_looked_at_is_not_called_silent(staff, make_silent):
    make_silent("suspended", last=None, suspended_at=datetime(2026, 1, 1, tzinfo=UTC))
    make_silent("closed", last=None, state=Tenant.State.CLOSED)
    UsageLook.objects.filter(tenant=make_silent("not looked at", last=None)).update(looked_at=None)

    assert names(staff("support"), "?silent=30") == set()


def test_the_list_of_customers_says_when_they_called_last(staff, make_silent):
    make_silent("caller", last=2)
    make_silent("silent", last=None)

    page = staff("support").get(CUSTOMERS).content.decode()

    assert str(timezone.now().astimezone(UTC).date() - 2 * DAY) in page
    assert "never" in page


def test_the_dashboard_counts_the_silent_and_what_differs_and_leads_to_them(staff, make_silent):
    make_silent("silent", last=40)
    rows.a_day_of_usage(None)
    client = staff("support")

    tiles = {tile.label: tile for tile in client.get(reverse("admin:index")).context["tiles"]}

    assert tiles["Silent customers"].number == "1"
    assert names(client, "?" + tiles["Silent customers"].url.partition("?")[2]) == {"silent"}
    assert tiles["Usage that differs"].number == "1"
    assert tiles["Usage that differs"].is_trouble
    assert listed(client, tiles["Usage that differs"].url) == [UsageDay.objects.get()]
