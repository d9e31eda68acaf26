"""The page of usage, wide and narrow, light and dark: before the first call, and in full use."""

from datetime import UTC, datetime, time, timedelta

import pytest
from playwright.sync_api import expect

from tenants.models import UsageDay, UsageHour, UsageLook
from tests.browser.test_account_look import hold, open_as  # noqa: F401
from tests.usage import key_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGE = "/account/usage/"


@pytest.fixture
def busy_customer(make_tenant):
    """A customer who calls every day, and more on some; a few calls get nothing."""
    tenant = make_tenant("alice@example.com")
    now = datetime.now(UTC)
    type(tenant).objects.update(created_at=now - timedelta(days=90))
    key = key_of(tenant)
    for back in range(60):
        calls, missed = 700 + 137 * (back * 5 % 11), 9 * (back % 4)
        UsageDay.objects.create(
            tenant=tenant,
            api_key_id=key,
            day=now.date() - timedelta(days=back),
            calls=calls,
            refused=missed,
            failed=back % 3,
            units=calls * 4,
            gateway_calls=calls + missed + back % 3,
            by_tier={"starter": [calls + missed + back % 3, 0]},
        )
    for back in range(0, 48, 2):
        hour = datetime.combine(now.date(), time(now.hour), UTC) - timedelta(hours=back)
        UsageHour.objects.create(
            tenant=tenant, api_key_id=key, hour=hour, calls=20 + back * 7 % 40, refused=back % 5
        )
    UsageLook.objects.create(tenant=tenant, looked_at=now)
    return tenant


def test_before_the_first_call(open_as):  # noqa: F811
    hold(open_as("owner", PAGE))


@pytest.mark.parametrize("role", ["owner", "read-only"])
def test_in_full_use(busy_customer, open_as, role):  # noqa: F811
    page = open_as(role, PAGE)
    expect(page.get_by_role("img")).to_have_count(3)

    hold(page)


def test_an_earlier_period(busy_customer, open_as):  # noqa: F811
    page = open_as("owner", PAGE)
    page.get_by_role("link", name="Earlier").press("Enter")
    expect(page.get_by_role("link", name="Later")).to_be_visible()

    hold(page)


def test_the_box_on_the_overview(busy_customer, open_as):  # noqa: F811
    page = open_as("owner")
    page.get_by_role("link", name="See usage by day and hour").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Usage")
