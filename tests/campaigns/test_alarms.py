"""The alarm: raised when many checks are refused, once an hour, and by nothing less."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from adapters.outcomes import Outcome as Counted
from adapters.outcomes import count_outcome
from campaigns import alarms
from campaigns.alarms import Checks
from campaigns.collecting import collect_outcomes
from campaigns.models import CheckPulse, RefusalAlarm
from tests.backoffice import rows
from tests.backoffice.doors import page_url

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


def watch(refused, total=None, *, minute=1, campaign="autumn", since=MINUTE):
    now = NOON + minute * MINUTE
    checks = Checks(refused if total is None else total, refused)
    alarms.watch({campaign: checks}, since=now - since, now=now)


def raised():
    return [(alarm.campaign, alarm.refused) for alarm in RefusalAlarm.objects.order_by("pk")]


def test_a_hundred_refusals_in_five_minutes_are_no_alarm_and_one_more_is():
    watch(100)
    assert raised() == []

    watch(1, minute=2)

    assert raised() == [("autumn", 101)]


def test_refusals_of_more_than_five_minutes_ago_do_not_count():
    watch(100)

    watch(100, minute=6)

    assert raised() == []


def test_where_half_of_the_checks_are_good_there_is_no_alarm():
    watch(500, 1000)
    assert raised() == []

    watch(2, minute=2)

    assert raised() == [("autumn", 502)]


def test_the_settings_say_what_is_many(settings):
    settings.ALARM_REFUSALS_PER_MINUTE, settings.ALARM_REFUSED_PERCENT = 1, 10

    watch(6, 50)

    assert raised() == [("autumn", 6)]


def test_another_campaign_is_judged_by_itself():
    watch(60, campaign="autumn")
    watch(60, campaign="spring")

    assert raised() == []


def test_there_is_one_alarm_an_hour_and_one_line_in_the_log(caplog):
    caplog.set_level(logging.ERROR)
    for minute in (1, 2, 3):
        watch(200, minute=minute)

    assert raised() == [("autumn", 200)]
    assert caplog.text.count("metric refusal_alarm") == 1

    watch(200, minute=61)
    assert len(raised()) == 2


def test_what_came_in_a_long_pause_counts_as_five_minutes_of_it():
    watch(1000, since=timedelta(hours=1))
    assert raised() == []

    watch(10_000, since=timedelta(hours=1), minute=10)

    assert raised() == [("autumn", 833)]


def test_pulses_are_kept_for_an_hour():
    watch(1)

    watch(1, minute=62)

    assert CheckPulse.objects.count() == 1


def refuse(times, reason="unknown", campaign="-", step="check"):
    for _ in range(times):
        count_outcome(Counted(campaign, "-", step, reason), now=NOON)


def test_refused_checks_raise_the_alarm_with_the_next_copy(noon, settings):
    settings.ALARM_REFUSALS_PER_MINUTE = 1
    refuse(20)
    collect_outcomes()
    refuse(6)

    noon.move_to(NOON + MINUTE, tick=False)
    collect_outcomes()

    assert raised() == [("-", 6)]


def test_the_first_copy_of_all_raises_no_alarm(settings):
    settings.ALARM_REFUSALS_PER_MINUTE = 1
    refuse(20)

    collect_outcomes()

    assert raised() == []


def test_good_checks_and_refused_sign_ups_raise_none(noon, settings):
    settings.ALARM_REFUSALS_PER_MINUTE = 1
    collect_outcomes()
    refuse(9, reason="good")
    refuse(9, step="redeem")

    noon.move_to(NOON + MINUTE, tick=False)
    collect_outcomes()

    assert raised() == []
    assert [(pulse.checks, pulse.refused) for pulse in CheckPulse.objects.all()] == [(9, 0)]


@pytest.fixture
def alarmed():
    campaign = rows.a_campaign()
    watch(200, minute=0, campaign=campaign.public_id)
    return campaign


def test_an_alarm_is_on_the_dashboard_for_a_day(staff, alarmed):
    client = staff("marketing")

    def tile():
        tiles = client.get(reverse("admin:index")).context["tiles"]
        return next(tile for tile in tiles if str(tile.label) == "Alarms")

    assert (tile().number, tile().is_trouble) == ("1", True)
    assert client.get(tile().url).context["cl"].result_count == 1
    RefusalAlarm.objects.update(raised_at=NOON - timedelta(days=1))
    assert client.get(tile().url).context["cl"].result_count == 0
    assert (tile().number, tile().is_trouble) == ("0", False)


def test_an_alarm_is_on_the_page_of_its_campaign_alone(staff, alarmed):
    other = rows.a_campaign(slug="other")
    client = staff("marketing")

    assert "Alarm: many codes are refused" in client.get(page_url(alarmed)).content.decode()
    assert "Alarm:" not in client.get(page_url(other)).content.decode()


def test_the_list_names_the_campaign_and_leads_to_what_was_refused(staff, alarmed):
    watch(200, minute=0, campaign="-")
    client = staff("marketing")

    page = client.get(reverse("admin:campaigns_refusalalarm_changelist")).content.decode()

    assert "Autumn launch" in page
    assert "codes that do not exist" in page
    link = f"/admin/campaigns/outcome/?campaign={alarmed.public_id}&amp;day__gte=2026-11-21"
    assert link in page


def test_who_may_not_see_redemptions_sees_no_alarms(staff, alarmed):
    client = staff("view_campaign")

    assert client.get(reverse("admin:campaigns_refusalalarm_changelist")).status_code == 403
    assert "Alarm:" not in client.get(page_url(alarmed)).content.decode()
