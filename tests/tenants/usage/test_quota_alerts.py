"""Mails about a quota that is being used up: each threshold once a period, tier and customer."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from backoffice.audit import SYSTEM
from tenants import accounts
from tenants.models import ApiKey, Member, Message, QuotaAlert, UsageDay
from tenants.usage import quota_alerts, quota_use
from tenants.usage.quota_use import quota_of
from tests.usage import key_of

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TODAY = NOON.date()
DAY = timedelta(days=1)
LIMIT = quota_of("starter").limit
OWNER, STAFF = "alice@example.com", "support@gatehouse.example"


@pytest.fixture
def customer(make_tenant):
    with time_machine.travel(NOON - 40 * DAY):
        return make_tenant()


@pytest.fixture
def use(customer, run_tasks):
    """Let the customer have used so much of a percent on a day, and alert whom it concerns."""

    def use(percent, *, at=NOON, tier="starter", key="", limit=LIMIT):
        calls = limit * percent // 100
        row = {"tenant": customer, "api_key_id": key or key_of(customer), "day": at.date()}
        counts = {"calls": calls, "gateway_calls": calls, "by_tier": {tier: [calls, 0]}}
        UsageDay.objects.update_or_create(**row, defaults=counts)
        with time_machine.travel(at):
            alert = quota_alerts.raise_alerts(customer, at)
            run_tasks()
        return alert.threshold if alert else None

    return use


@pytest.fixture
def move_to_pro(customer, run_tasks):
    def move():
        with time_machine.travel(NOON - timedelta(hours=1)):
            accounts.change_tier(customer, "pro", SYSTEM)
            run_tasks()

    return move


def subjects(cloud, to=OWNER):
    return [mail["subject"] for mail in cloud.mails(to) if "quota" in mail["subject"]]


@pytest.mark.parametrize(
    ("percent", "threshold"),
    [(0, None), (49, None), (50, 50), (79, 50), (80, 80), (94, 80), (95, 95), (99, 95), (100, 100)],
)
def test_the_highest_threshold_that_is_reached_is_told(use, percent, threshold):
    assert use(percent) == threshold


def test_an_owner_is_told_what_is_used_and_what_comes(use, cloud):
    use(80)

    [mail] = [mail for mail in cloud.mails(OWNER) if "quota" in mail["subject"]]
    assert mail["subject"] == "Ames Optics: 80 % of your quota of API calls is used"
    for part in ("text", "html"):
        assert "40,000 of the 50,000 calls of the Starter tier" in mail[part]
        assert "from 2026-11-01 to 2026-11-30" in mail[part]
        assert "429 until it starts anew at 2026-12-01 00:00 UTC" in mail[part]
        assert "/account/usage/" in mail[part]


def test_at_100_percent_the_mail_says_what_happens_and_how_to_go_on(use, cloud):
    use(100)

    [mail] = [mail for mail in cloud.mails(OWNER) if "quota" in mail["subject"]]
    assert "is used up" in mail["subject"]
    assert "answered with 429" in mail["text"]
    assert "A higher tier has a larger quota" in mail["text"]


def test_staff_are_told_at_100_percent_only(use, cloud, settings):
    settings.STAFF_URL = "https://staff.example"
    use(95)
    assert subjects(cloud, STAFF) == []

    use(100)

    assert subjects(cloud, STAFF) == ["Ames Optics has used up its quota"]
    [mail] = [mail for mail in cloud.mails(STAFF) if "quota" in mail["subject"]]
    assert "https://staff.example/admin/tenants/tenant/" in mail["text"]


def test_a_stage_may_tell_nobody_of_its_staff(use, cloud, settings):
    settings.QUOTA_NOTICES = []

    use(100)

    assert subjects(cloud, STAFF) == []
    assert len(subjects(cloud)) == 1


def test_each_threshold_is_told_once_in_a_period(use, cloud):
    for percent in (50, 51, 80, 81, 95, 100, 100):
        use(percent)

    assert QuotaAlert.objects.count() == 4
    assert len(subjects(cloud)) == 4


def test_a_jump_over_several_tells_of_the_highest_and_of_none_below_afterwards(use, cloud):
    assert use(96) == 95
    assert use(96) is None
    assert len(subjects(cloud)) == 1


def test_the_next_period_begins_anew(use, cloud):
    use(80)

    assert use(80, at=NOON + 10 * DAY) == 80
    assert len(subjects(cloud)) == 2


def test_two_who_alert_at_once_alert_once(customer, use, in_threads, monkeypatch):
    calls = LIMIT * 80 // 100
    UsageDay.objects.create(
        tenant=customer,
        api_key_id=key_of(customer),
        day=TODAY,
        calls=calls,
        by_tier={"starter": [calls, 0]},
        gateway_calls=calls,
    )

    raised = in_threads(6, lambda _: quota_alerts.raise_alerts(customer, NOON))

    assert len([alert for alert in raised if alert]) == 1
    assert Message.objects.filter(kind=Message.Kind.QUOTA).count() == 1


def test_only_owners_who_are_still_there_are_told(customer, use):
    values = {"tenant": customer, "full_name": "Bob", "user_id": "sub"}
    Member.objects.create(**values, email="dev@example.com", role=Member.Role.DEVELOPER)
    Member.objects.create(**values, email="left@example.com", left_at=NOON)
    Member.objects.create(**values, email="carol@example.com")

    use(50)

    told = Message.objects.filter(kind=Message.Kind.QUOTA).values_list("to", flat=True)
    assert set(told) == {OWNER, "carol@example.com"}


def test_after_a_change_of_tier_only_what_the_new_plan_counted_is_its_use(
    customer, use, move_to_pro
):
    use(80)
    move_to_pro()
    UsageDay.objects.update(
        calls=LIMIT, gateway_calls=LIMIT, by_tier={"starter": [LIMIT - 3, 0], "pro": [3, 0]}
    )

    [used] = quota_use.uses_of(customer, quota_of("pro"), now=NOON)

    assert used.used == 3
    assert quota_alerts.raise_alerts(customer, NOON) is None


def test_the_new_tier_has_alerts_of_its_own(use, move_to_pro, cloud):
    use(80)
    move_to_pro()

    assert use(80, tier="pro", limit=quota_of("pro").limit) == 80
    assert len(subjects(cloud)) == 2


def test_calls_that_the_gateway_has_not_told_of_yet_count_on_the_tier_of_now(customer):
    row = {"tenant": customer, "api_key_id": key_of(customer), "day": TODAY}
    UsageDay.objects.create(**row, calls=9, gateway_calls=5, by_tier={"free": [2, 0]})

    [used] = quota_use.uses_of(customer, quota_of("starter"), now=NOON)

    assert used.used == 4


def test_of_two_keys_that_both_work_the_fuller_one_is_told_of(customer, use, cloud):
    use(10)
    ApiKey.objects.create(
        tenant=customer,
        name="old",
        key_id="oldkey1234",
        state=ApiKey.State.RETIRING,
        first4="old1",
        last4="old9",
    )

    assert use(80, key="oldkey1234") == 80

    [mail] = [mail for mail in cloud.mails(OWNER) if "quota" in mail["subject"]]
    assert "about the key old1…old9: each live key has a quota of its own" in mail["text"]
    uses = quota_use.uses_of(customer, quota_of("starter"), now=NOON)
    assert [(use.key.last4, use.percent) for use in uses][0] == ("old9", 80)
    assert uses[1].percent == 10


def test_a_key_that_is_gone_takes_nothing_of_the_quota_of_the_next(customer, use):
    assert use(100, key="a-key-that-is-gone") is None


def test_a_closed_customer_is_not_told(customer, use):
    customer.state = "closed"

    assert use(100) is None
