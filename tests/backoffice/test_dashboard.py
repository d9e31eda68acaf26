"""The first page: numbers that lead to their lists, and only what the person may see."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice import paging
from backoffice.models import Job
from portal import dashboard
from tenants.models import Message, SignUp, Tenant
from tests.backoffice import rows

pytestmark = pytest.mark.django_db(transaction=True)


def tiles(client) -> dict[str, dashboard.Tile]:
    page = client.get(reverse("admin:index"))
    return {str(tile.label): tile for tile in page.context["tiles"]}


def a_sign_up(**fields) -> SignUp:
    values = {"email": "a@example.com", "full_name": "A", "company": "A", "form_key": uuid4()}
    return SignUp.objects.create(**{**values, **fields})


def test_active_campaigns_are_open_and_within_their_dates(staff):
    now = timezone.now()
    rows.a_campaign()
    rows.a_campaign(slug="later", starts_at=now + timedelta(days=1))
    rows.a_campaign(slug="ended", ends_at=now - timedelta(days=1))
    rows.a_campaign(slug="paused", state="paused")

    assert tiles(staff("marketing"))["Active campaigns"].number == "1"


def test_unused_codes_are_those_of_single_use_that_nobody_redeemed(staff):
    single = rows.a_batch(count=1500)
    shared = rows.a_batch(single.campaign, count=1, max_uses=50)
    rows.a_redemption(single, 1)
    rows.a_redemption(single, 2, released_at=timezone.now())
    rows.a_redemption(shared, 3)

    tile = tiles(staff("marketing"))["Codes unused"]

    assert tile.number == "1,499"
    assert "single-use" in tile.note


def test_where_counting_stops_the_number_of_unused_codes_says_that_it_is_a_bound(
    staff, monkeypatch
):
    monkeypatch.setattr(dashboard, "CAP", 1)
    batch = rows.a_batch()
    for number in range(3):
        rows.a_redemption(batch, number)

    assert "fewer" in tiles(staff("marketing"))["Codes unused"].note


def test_sign_ups_of_the_last_seven_days_are_counted(staff):
    a_sign_up()
    old = a_sign_up()
    SignUp.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))

    assert tiles(staff("support"))["Sign-ups"].number == "1"


def test_customers_that_wait_are_counted_with_the_age_of_the_oldest(staff):
    rows.a_customer()
    waiting = Tenant.objects.create(company="New")
    Tenant.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(hours=2))

    tile = tiles(staff("support"))["Being set up"]

    assert tile.number == "1"
    assert "2\xa0hours" in tile.note


def test_stuck_customers_and_mails_are_trouble(staff):
    rows.a_customer(stuck=True, generation=2)
    rows.a_mail()
    rows.a_mail(state=Message.State.SENT)

    shown = tiles(staff("support"))

    assert [shown[name].number for name in ("Stuck customers", "Stuck mails")] == ["1", "1"]
    assert all(shown[name].is_trouble for name in ("Stuck customers", "Stuck mails"))


def test_without_trouble_nothing_is_red(staff):
    rows.a_customer()

    assert not any(tile.is_trouble for tile in tiles(staff("support")).values())


def test_every_number_leads_to_a_list_that_opens_and_agrees(staff):
    rows.a_customer(stuck=True, generation=2)
    rows.a_mail()
    Tenant.objects.create(company="New")
    client = staff("admin")

    shown = tiles(client)

    for name in ("Stuck customers", "Stuck mails", "Being set up"):
        assert client.get(shown[name].url).context["cl"].result_count == int(shown[name].number)
    assert {client.get(tile.url).status_code for tile in shown.values()} == {200}


def test_redemptions_are_shown_for_each_of_fourteen_days(staff):
    batch = rows.a_batch()
    now = timezone.now()
    rows.a_redemption(batch, 1)
    rows.a_redemption(batch, 2)
    rows.a_redemption(batch, 3, redeemed_at=now - timedelta(days=13))
    rows.a_redemption(batch, 4, redeemed_at=now - timedelta(days=20))
    rows.a_redemption(batch, 5, released_at=now)

    days = staff("marketing").get(reverse("admin:index")).context["days"]

    assert [day["count"] for day in days] == [2, *[0] * 12, 1]
    assert [day["share"] for day in days] == [100, *[0] * 12, 50]


def test_codes_of_the_last_redemptions_are_masked(staff):
    rows.a_redemption(rows.a_batch(), 7)

    page = staff("marketing").get(reverse("admin:index")).content.decode()

    assert "AUTU…07X" in page
    assert "AUTUMN000000000007X" not in page


def test_running_jobs_are_shown_and_finished_ones_are_not(staff):
    rows.a_job(title="Goes on", state=Job.State.RUNNING)
    rows.a_job(title="Is over", state=Job.State.DONE)

    page = staff("marketing").get(reverse("admin:index")).content.decode()

    assert "Goes on" in page
    assert "Is over" not in page


def test_marketing_sees_no_customers_and_who_may_not_see_jobs_none(staff):
    client = staff("marketing")
    marketing = set(tiles(client))
    other = staff("view_tenant", username="other").get(reverse("admin:index"))

    assert marketing == {"Active campaigns", "Codes unused", "Alarms"}
    assert "jobs" not in other.context


def test_somebody_without_a_role_is_told_so(staff):
    page = staff().get(reverse("admin:index")).content.decode()

    assert "Your account has no role yet" in page


def test_the_page_says_as_of_when_in_which_zone(staff):
    page = staff("marketing").get(reverse("admin:index")).content.decode()

    assert f"As of {timezone.now():%Y-%m-%d}" in page
    assert "UTC" in page


def test_the_cap_is_the_one_of_the_lists():
    assert dashboard.CAP == paging.CAP
