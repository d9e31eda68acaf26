"""The account's page of usage: a period, its days, keys and hours, and the file."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from tenants import sweep
from tenants.models import Member, UsageDay
from tests import people
from tests.usage import called, counted, key_of, metered

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TODAY = NOON.date()
DAY = timedelta(days=1)
PAGE = "/account/usage/"


@pytest.fixture
def customer(make_tenant):
    with time_machine.travel(NOON - 60 * DAY):
        tenant = make_tenant("alice@example.com")
        people.choose_password(tenant.members.get())
        return tenant


@pytest.fixture(autouse=True)
def at_noon(customer):
    with time_machine.travel(NOON):
        yield


@pytest.fixture
def text(as_member, customer):
    """Return the words of the page, as an owner reads them."""

    def text(query="", role="owner"):
        answer = as_member(role, tenant=customer).get(PAGE + query)
        assert answer.status_code == 200
        words = re.sub(r"<[^>]+>", " ", answer.content.decode())
        return " ".join(words.split())

    return text


def test_before_the_first_call_it_says_where_to_find_one(text):
    sweep.run_due()

    page = text()

    assert "No call was made in this period yet." in page
    assert "No call was made in the last two days." in page
    assert "0 of 50,000 calls, 0 %" in page


def test_what_was_used_stands_beside_the_quota_and_what_is_left(text, customer):
    called(customer, 30, at=NOON)
    sweep.run_due()

    page = text()

    assert "30 of 50,000 calls, 0 %" in page
    assert "49,970 left" in page
    assert "The quota starts anew at 2026-12-01 00:00 UTC" in page
    assert "Your quota: Starter" in page


def test_days_keys_and_hours_are_told_apart(text, customer):
    called(customer, 3, at=NOON - DAY)
    called(customer, 2, at=NOON)
    metered(customer, 1, at=NOON, units=0, outcome="refused")
    counted(customer, 1, at=NOON)
    sweep.run_due()

    page = text()

    assert "2026-11-24 3 3 0 0 6" in page
    assert "2026-11-25 3 2 1 0 4" in page
    assert "Together 6 5 1 0 10" in page
    assert f"{customer.keys.get()} 6 5 1 0 10" in page
    assert "2026-11-24 12:00 3 3 0 0 6" in page
    assert "2026-11-25 12:00 3 2 1 0 4" in page


def test_a_used_up_quota_is_said_in_words(text, customer):
    UsageDay.objects.create(
        tenant=customer, api_key_id=key_of(customer), day=TODAY, calls=50_000, gateway_calls=50_000
    )
    UsageDay.objects.update(by_tier={"starter": [50_000, 0]})

    page = text()

    assert "50,000 of 50,000 calls, 100 %" in page
    assert "The quota is used up: calls are answered 429 until it starts anew." in page


def test_an_earlier_period_is_a_link_away(text, customer):
    called(customer, 4, at=NOON - 30 * DAY)
    sweep.run_due()
    assert "?day=2026-10-01" not in text()

    page = text("?day=2026-10-26")

    assert "2026-10-01 to 2026-10-31" in page
    assert "Together 4 4 0 0 8" in page
    assert "Your quota" not in page


def test_one_can_walk_from_the_first_period_to_the_running_one(as_member):
    client = as_member()

    def links(query):
        return re.findall(
            r'\?day=([\d-]+)">(Earlier|Later)', client.get(PAGE + query).content.decode()
        )

    assert links("") == [("2026-10-01", "Earlier")]
    assert links("?day=2026-10-01") == [("2026-09-01", "Earlier"), ("2026-11-01", "Later")]
    assert links("?day=2026-09-01") == [("2026-10-01", "Later")]


@pytest.mark.parametrize("day", ["x", "0001-01-01", "9999-12-31", "2026-02-31", ""])
def test_a_day_that_makes_no_sense_shows_the_nearest_period(text, day):
    assert "Usage" in text(f"?day={day}")


def test_the_page_counts_anew_and_says_as_of_when(text, customer):
    sweep.run_due()
    metered(customer, 3, at=NOON)

    with time_machine.travel(NOON + timedelta(minutes=2), tick=False):
        page = text()

    assert "As of 2026-11-25 12:02:00" in page
    assert "3 of 50,000 calls" in page


@pytest.mark.parametrize("role", Member.Role.values)
def test_everybody_of_the_customer_sees_it(text, role):
    assert "Usage" in text(role=role)


def test_a_stranger_is_sent_to_the_sign_in(client):
    assert client.get(PAGE).url.startswith("/account/login/")
    assert client.get(reverse("account_usage_file")).url.startswith("/account/login/")


def test_usage_of_another_customer_stays_out(text, make_tenant, customer):
    other = make_tenant("bob@example.com", company="Other")
    called(other, 5, at=NOON)
    sweep.run_due()

    assert "Together" not in text()


def test_the_file_has_a_line_for_each_key_and_day(as_member, customer):
    called(customer, 3, at=NOON - DAY)
    metered(customer, 2, at=NOON, units=0, outcome="refused")
    counted(customer, 2, at=NOON)
    sweep.run_due()

    answer = as_member("read-only").get(reverse("account_usage_file"))

    lines = list(csv.reader(io.StringIO(answer.content.decode())))
    key = str(customer.keys.get())
    assert answer["Content-Disposition"].endswith('"usage-2026-11-01-2026-11-30.csv"')
    assert lines[1:] == [
        ["2026-11-24", key, "3", "3", "0", "0", "6", "3"],
        ["2026-11-25", key, "2", "0", "2", "0", "0", "2"],
    ]


def test_the_overview_shows_the_quota_and_leads_to_the_page(as_member, customer):
    called(customer, 3, at=NOON)
    sweep.run_due()

    page = as_member().get("/account/").content.decode()

    assert f'href="{PAGE}"' in page
    assert "49,997 left" in page


def test_the_page_costs_few_queries_however_many_rows_there_are(
    as_member, customer, django_assert_max_num_queries
):
    client = as_member()
    UsageDay.objects.bulk_create(
        UsageDay(tenant=customer, api_key_id=f"key-{n % 5}", day=TODAY - n // 5 * DAY, calls=1)
        for n in range(100)
    )

    client.get(PAGE)  # the first look copies what was used
    with django_assert_max_num_queries(10):
        client.get(PAGE)
