"""Staff get a mail when an alarm begins: who gets the notices, once, and no mail every hour."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from backoffice.audit import SYSTEM
from campaigns import alarms, notices
from campaigns.alarms import Checks
from campaigns.models import Campaign, RefusalAlarm
from tenants import alarm_notices, sweep
from tenants.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

ANNA, BERT = "anna@gatehouse.example", "bert@gatehouse.example"
NOON = datetime(2026, 11, 20, 12, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOBODYS = "-"


@pytest.fixture
def told(make_campaign):
    """Make a campaign of whose alarms these people are told."""

    def make(*addresses: str, notify: str = "daily", **fields) -> Campaign:
        campaign = make_campaign(**fields)
        notices.set_notices(campaign, SYSTEM, notify=notify, addresses=list(addresses))
        return campaign

    return make


@pytest.fixture
def alarm_at(run_tasks):
    """Let many checks be refused at that moment, and the sweep pass by."""

    def at(moment: datetime, campaign: str) -> None:
        with time_machine.travel(moment, tick=False):
            alarms.watch(
                {campaign: Checks(200, 180)}, since=moment - timedelta(minutes=1), now=moment
            )
            sweep.run_due()
            run_tasks()

    return at


def test_an_alarm_is_mailed_to_whoever_gets_the_notices(told, alarm_at, cloud, settings):
    settings.STAFF_URL = staff_host = "https://staff.example"
    campaign = told(ANNA, BERT, name="Fair <b>& more")

    alarm_at(NOON, campaign.public_id)

    [mail] = cloud.mails(ANNA)
    assert mail["subject"] == "Fair <b>& more: many codes are refused"
    assert "180 of 200 checks" in mail["text"]
    assert "2026-11-20 12:03 UTC" in mail["text"]
    refusals = (
        f"?campaign={campaign.public_id}&day__gte=2026-11-20&day__lte=2026-11-20&ended=refused"
    )
    page = reverse("admin:campaigns_campaign_change", args=(campaign.pk,))
    outcomes = reverse("admin:campaigns_outcome_changelist")
    assert f"{staff_host}{outcomes}{refusals}" in mail["text"]
    assert f"{staff_host}{page}" in mail["text"]
    assert "<b>&" not in mail["html"]
    assert len(cloud.mails(BERT)) == 1


def test_the_link_in_the_mail_leads_to_what_was_refused(told, alarm_at, cloud, staff):
    campaign = told(ANNA)
    alarm_at(NOON, campaign.public_id)

    [mail] = cloud.mails(ANNA)
    link = next(line for line in mail["text"].splitlines() if "outcome" in line)

    path = reverse("admin:campaigns_outcome_changelist")
    assert staff("marketing").get(link[link.index(path) :]).status_code == 200


def test_many_sweeps_mail_an_alarm_once(told, alarm_at, cloud):
    campaign = told(ANNA)

    for minute in range(3):
        alarm_at(NOON + timedelta(minutes=minute), campaign.public_id)

    assert len(cloud.mails(ANNA)) == 1


def test_an_alarm_that_lasts_is_mailed_again_after_six_hours(told, alarm_at, cloud):
    campaign = told(ANNA)

    for hour in range(7):
        alarm_at(NOON + hour * HOUR, campaign.public_id)

    assert RefusalAlarm.objects.count() == 7
    assert len(cloud.mails(ANNA)) == 2


def test_another_campaign_s_alarm_is_mailed_for_itself(told, alarm_at, cloud):
    one, other = told(ANNA), told(ANNA, name="Spring", slug="spring")

    alarm_at(NOON, one.public_id)
    alarm_at(NOON + timedelta(minutes=1), other.public_id)

    subjects = sorted(mail["subject"].split(":")[0] for mail in cloud.mails(ANNA))
    assert subjects == ["Autumn launch", "Spring"]


def test_who_never_wanted_notices_gets_none(told, alarm_at, cloud):
    campaign = told(ANNA, notify="none")

    alarm_at(NOON, campaign.public_id)

    assert RefusalAlarm.objects.get().told_at is not None
    assert cloud.mails(ANNA) == []


def test_codes_that_do_not_exist_are_mailed_to_everybody_once(told, alarm_at, cloud):
    told(ANNA, BERT)
    told(ANNA, name="Spring", slug="spring")
    told("carol@gatehouse.example", slug="old")
    Campaign.objects.filter(slug="old").update(state=Campaign.State.ARCHIVED)

    alarm_at(NOON, NOBODYS)

    [mail] = cloud.mails(ANNA)
    assert mail["subject"] == "Many codes are tried that do not exist"
    assert "180 codes were tried that do not exist" in mail["text"]
    assert (len(cloud.mails(BERT)), cloud.mails("carol@gatehouse.example")) == (1, [])


def test_one_alarm_is_no_mailing(told, alarm_at, monkeypatch):
    monkeypatch.setattr(notices, "MOST_TOLD", 2)
    for number in range(3):
        told(f"{number}@gatehouse.example", slug=f"c{number}")

    alarm_at(NOON, NOBODYS)

    assert Message.objects.filter(kind=Message.Kind.ALARM_NOTICE).count() == 2


def test_sweeps_at_the_same_moment_mail_an_alarm_once(told, in_threads):
    campaign = told(ANNA)
    with time_machine.travel(NOON, tick=False):
        alarms.watch({campaign.public_id: Checks(200, 180)}, since=NOON - HOUR / 60, now=NOON)

        in_threads(6, lambda _: alarm_notices.promise_alarm_notices())

    assert Message.objects.filter(kind=Message.Kind.ALARM_NOTICE).count() == 1


def test_a_death_before_the_promise_is_written_leaves_it_to_the_next_sweep(
    told, alarm_at, cloud, monkeypatch
):
    campaign = told(ANNA)

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Message.objects, "bulk_create", die)
        with pytest.raises(KeyboardInterrupt):
            alarm_at(NOON, campaign.public_id)
    alarm_at(NOON + timedelta(minutes=1), campaign.public_id)

    assert len(cloud.mails(ANNA)) == 1


def test_an_alarm_of_long_ago_is_no_news(told, run_tasks, cloud):
    campaign = told(ANNA)
    with time_machine.travel(NOON, tick=False):
        alarms.watch({campaign.public_id: Checks(200, 180)}, since=NOON - HOUR / 60, now=NOON)

    with time_machine.travel(NOON + 25 * HOUR, tick=False):
        sweep.run_due()
        run_tasks()

    assert cloud.mails(ANNA) == []


def test_the_sweep_asks_once_when_there_is_no_alarm(django_assert_num_queries):
    with django_assert_num_queries(1):
        alarm_notices.promise_alarm_notices()


def test_one_worker_settles_an_alarm(told):
    alarms.watch({told(ANNA).public_id: Checks(200, 180)}, since=NOON - HOUR / 60, now=NOON)
    alarm = RefusalAlarm.objects.get()

    assert [alarms.settle(alarm), alarms.settle(alarm)] == [True, False]
