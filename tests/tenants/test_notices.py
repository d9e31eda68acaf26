"""Staff are told of sign-ups: at once with each, or once a day, and never twice."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from backoffice.audit import SYSTEM
from campaigns import notices as settings_of_campaigns
from campaigns import rules
from campaigns.errors import CodeSpent
from campaigns.links import Origin
from campaigns.models import Campaign
from tenants import notices, reconcile, signups, sweep
from tenants.models import Message, SignUp, Tenant
from tests.customers import sign_up, wish

pytestmark = pytest.mark.django_db(transaction=True)

ANNA, BERT = "anna@gatehouse.example", "bert@gatehouse.example"
DAY = date(2026, 11, 20)
SEVEN = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


@pytest.fixture
def tell(make_campaign):
    """Make a campaign whose sign-ups these people are told of."""

    def make(notify: str, *addresses: str, **fields) -> Campaign:
        campaign = make_campaign(**fields)
        settings_of_campaigns.set_notices(
            campaign, SYSTEM, notify=notify, addresses=list(addresses)
        )
        return campaign

    return make


@pytest.fixture
def daily(tell):
    """A campaign with daily notices, all told until the day before DAY."""
    campaign = tell("daily", ANNA)
    Campaign.objects.update(notified_until=DAY - timedelta(days=1))
    return campaign


@pytest.fixture
def customers(make_code):
    """Let so many sign up with codes of the campaign at that moment."""

    def make(campaign: Campaign, at: datetime, count: int = 1) -> list[SignUp]:
        code = make_code(campaign, max_uses=count + 1)
        number = SignUp.objects.count()
        rows = [
            sign_up(code=code, email=f"p{n}@example.com", company=f"Company {n}")
            for n in range(number, number + count)
        ]
        Tenant.objects.filter(signup__in=rows).update(created_at=at)
        return rows

    return make


@pytest.fixture
def sweep_at(run_tasks):
    def run(moment: datetime) -> None:
        with time_machine.travel(moment, tick=False):
            sweep.run_due()
            # Within the travel: a queue keeps a message for some days only.
            run_tasks()

    return run


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_each_sign_up_is_told_to_everybody_named(tell, make_code, run_tasks, cloud):
    code = make_code(tell("each", ANNA, BERT))
    origin = Origin(utm_source="fair-berlin", utm_term="<b>api</b>")

    row = sign_up(code=code, email="alice@example.com", company="Ames & Co", origin=origin)
    run_tasks()

    [mail] = cloud.mails(ANNA)
    page = reverse("admin:tenants_tenant_change", args=(row.tenant.pk,))
    told = ("Ames & Co", "Alice Ames", "alice@example.com", "Autumn launch", "fair-berlin", page)
    assert mail["subject"] == "Autumn launch: Ames & Co signed up"
    assert [fact for fact in told if fact not in mail["text"]] == []
    assert "<b>api" not in mail["html"]
    assert len(cloud.mails(BERT)) == 1


def test_a_notice_never_says_the_code(tell, make_code, run_tasks, cloud):
    code = make_code(tell("each", ANNA))

    sign_up(code=code)
    run_tasks()

    [mail] = cloud.mails(ANNA)
    for spelling in (code, rules.normalise(code)):
        assert spelling not in mail["subject"] + mail["text"] + mail["html"]


def test_nobody_is_told_where_nobody_asked(tell, make_code, run_tasks, cloud):
    sign_up(code=make_code(tell("none", ANNA)))
    run_tasks()

    assert cloud.mails(ANNA) == []


def test_a_refused_code_and_a_known_address_are_no_sign_ups(
    tell, make_tenant, make_code, run_tasks, cloud
):
    make_tenant("alice@example.com")
    campaign = tell("each", ANNA, slug="other")
    code = make_code(campaign)

    sign_up(code=code, email="alice@example.com")
    sign_up(code=code, email="bob@example.com")
    with pytest.raises(CodeSpent):
        sign_up(code=code, email="carol@example.com")
    run_tasks()

    assert [mail for mail in cloud.mails(ANNA) if "bob@" not in mail["text"]] == []
    assert len(cloud.mails(ANNA)) == 1


def test_a_sign_up_that_died_is_told_once_when_it_is_finished(
    tell, make_code, run_tasks, cloud, monkeypatch
):
    code = make_code(tell("each", ANNA))

    def die(tenant):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reconcile, "send_worker", die)
        with pytest.raises(KeyboardInterrupt):
            sign_up(code=code)
    assert not Message.objects.exists()

    SignUp.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
    for _ in range(2):
        sweep.run_due()
        run_tasks()

    assert len(cloud.mails(ANNA)) == 1


def test_a_customer_s_page_does_not_wait_for_a_notice(tell, make_code, run_tasks):
    row = sign_up(code=make_code(tell("each", ANNA)))
    notice = Message.objects.filter(kind=Message.Kind.SIGN_UP_NOTICE)

    notice.update(state=Message.State.SENT)
    assert signups.status(row) == "working"
    notice.update(state=Message.State.STUCK)
    run_tasks()

    row.refresh_from_db()
    assert signups.status(row) == "ready"


def test_a_day_is_told_after_seven_in_the_morning(daily, customers, sweep_at, cloud):
    customers(daily, noon(DAY), count=2)

    sweep_at(SEVEN - timedelta(seconds=1))
    assert cloud.mails(ANNA) == []
    sweep_at(SEVEN)

    [mail] = cloud.mails(ANNA)
    assert mail["subject"] == "Autumn launch: 2 sign-ups on 2026-11-20"
    assert "2 customers signed up with codes of Autumn launch on 2026-11-20." in mail["text"]
    assert "Company 0, Alice Ames, p0@example.com" in mail["text"]


def test_many_sweeps_tell_a_day_once(daily, customers, sweep_at, cloud):
    customers(daily, noon(DAY))

    for minutes in (0, 1, 600):
        sweep_at(SEVEN + timedelta(minutes=minutes))

    assert len(cloud.mails(ANNA)) == 1


def test_sweeps_at_the_same_moment_tell_a_day_once(daily, customers, in_threads):
    customers(daily, noon(DAY))

    with time_machine.travel(SEVEN, tick=False):
        in_threads(6, lambda _: notices.promise_daily_notices())

    assert Message.objects.filter(kind=Message.Kind.DAILY_NOTICE).count() == 1


def test_a_day_that_was_told_is_not_told_again_whatever_the_campaign_s_row_says(
    daily, customers, sweep_at, cloud
):
    customers(daily, noon(DAY))
    sweep_at(SEVEN)

    Campaign.objects.update(
        notified_until=DAY - timedelta(days=1), notify_addresses=f"{ANNA}\n{BERT}"
    )
    sweep_at(SEVEN)

    assert (len(cloud.mails(ANNA)), len(cloud.mails(BERT))) == (1, 1)


def test_a_day_without_sign_ups_brings_no_mail(daily, customers, sweep_at, make_campaign):
    customers(daily, noon(DAY) + timedelta(days=1))
    customers(make_campaign(slug="other"), noon(DAY))

    sweep_at(SEVEN)

    assert not Message.objects.filter(kind=Message.Kind.DAILY_NOTICE).exists()
    assert Campaign.objects.get(pk=daily.pk).notified_until == DAY


def test_a_day_ends_at_midnight_where_the_staff_are(daily, customers, sweep_at, cloud, settings):
    settings.TIME_ZONE = "America/New_York"
    customers(daily, datetime(2026, 11, 20, 4, 59, tzinfo=UTC))  # 23:59 of the day before
    customers(daily, datetime(2026, 11, 20, 5, 0, tzinfo=UTC))
    customers(daily, datetime(2026, 11, 21, 4, 59, tzinfo=UTC))
    customers(daily, datetime(2026, 11, 21, 5, 0, tzinfo=UTC))

    sweep_at(SEVEN)
    assert cloud.mails(ANNA) == []
    sweep_at(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))

    [mail] = cloud.mails(ANNA)
    assert "2 sign-ups on 2026-11-20" in mail["subject"]
    assert [n for n in range(4) if f"p{n}@" in mail["text"]] == [1, 2]


def test_an_outage_of_days_is_caught_up_with_day_by_day(daily, customers, sweep_at, cloud):
    customers(daily, noon(DAY))
    customers(daily, noon(DAY) + timedelta(days=2))

    sweep_at(SEVEN + timedelta(days=3))

    subjects = [mail["subject"].split(": ")[1] for mail in cloud.mails(ANNA)]
    assert sorted(subjects) == ["1 sign-up on 2026-11-20", "1 sign-up on 2026-11-22"]


def test_who_asks_today_is_told_of_today_and_of_no_day_before(tell, customers, sweep_at, cloud):
    campaign = tell("daily", ANNA)
    today = timezone.localdate()
    customers(campaign, noon(today) - timedelta(days=1))
    customers(campaign, noon(today))

    sweep_at(noon(today) + timedelta(days=1))

    assert [mail["subject"].split()[-1] for mail in cloud.mails(ANNA)] == [str(today)]


def test_a_long_day_is_cut_and_leads_to_the_list(daily, sweep_at, cloud, staff, monkeypatch):
    monkeypatch.setattr("tenants.notice_texts.MOST_LISTED", 3)
    for number in range(5):
        made = {"company": f"Company {number}", "reconciled_generation": 1}
        tenant = Tenant.objects.create(**made)
        at = noon(DAY) + timedelta(minutes=number)
        Tenant.objects.filter(pk=tenant.pk).update(created_at=at)
        values = wish(email=f"p{number}@example.com", company=tenant.company).columns()
        row = {"form_key": f"{number:032x}", "state": SignUp.State.PROVISIONING, **values}
        SignUp.objects.create(tenant=tenant, campaign=daily, **row)

    sweep_at(SEVEN)

    [mail] = cloud.mails(ANNA)
    assert "5 customers signed up" in mail["text"]
    assert [n for n in range(5) if f"Company {n}," in mail["text"]] == [0, 1, 2]
    assert "and 2 more" in mail["text"]
    path = f"{reverse('admin:tenants_signup_changelist')}?campaign__id__exact={daily.pk}"
    assert path in mail["text"]
    assert len(staff("support").get(path).context["cl"].result_list) == 5


def test_a_death_before_the_promise_is_written_leaves_the_day_to_the_next_sweep(
    daily, customers, sweep_at, cloud, monkeypatch
):
    customers(daily, noon(DAY))

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Message.objects, "bulk_create", die)
        with pytest.raises(KeyboardInterrupt):
            sweep_at(SEVEN)
    sweep_at(SEVEN)

    assert len(cloud.mails(ANNA)) == 1


def test_the_sweep_asks_once_when_nothing_is_due(daily, django_assert_num_queries):
    Campaign.objects.update(notified_until=DAY)

    with time_machine.travel(SEVEN, tick=False), django_assert_num_queries(1):
        notices.promise_daily_notices()
