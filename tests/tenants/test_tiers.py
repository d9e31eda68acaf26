"""Tiers beside what the gateway has: seen, told in words, and repaired where that is allowed."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from adapters import pacing, plan_limits
from adapters.aws import client as aws
from adapters.definitions import definition, digest_of, name_of
from adapters.errors import Refused, TryLater
from backoffice import jobs
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from backoffice.verbs import VerbRefused
from tenants import sweep, tier_plans, tier_words
from tenants.models import TierPlan
from tests.backoffice.doors import do, do_to_many, list_url, page_url, verb_url

pytestmark = pytest.mark.django_db(transaction=True)

TIERS = list(definition("tiers"))


@pytest.fixture
def gateway(cloud):
    return aws("apigateway")


@pytest.fixture
def change(gateway):
    """Change a plan by hand, as somebody in AWS's console would."""

    def change(tier, **paths):
        operations = [
            {"op": "replace", "path": f"/{path.replace('__', '/')}", "value": str(value)}
            for path, value in paths.items()
        ]
        gateway.update_usage_plan(
            usagePlanId=plan_limits.read_plans([tier])[tier].plan_id, patchOperations=operations
        )

    return change


@pytest.fixture
def deploy_another(monkeypatch):
    """Let this code have another definition than the plans were deployed from."""

    def deploy_another():
        monkeypatch.setattr(tier_plans, "digest_of", lambda name: "0" * 64)

    return deploy_another


def look():
    TierPlan.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    tier_plans.look_at_plans()
    return {row.tier: row for row in TierPlan.objects.all()}


def limits_of(tier):
    return plan_limits.read_plans([tier])[tier].limits


def later(seconds=22):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


def test_plans_that_were_just_deployed_agree_with_the_definition():
    rows = look()

    assert list(rows) == TIERS
    assert [tier_words.differences_of(row) for row in rows.values()] == [[]] * len(TIERS)
    assert {row.deployed_from for row in rows.values()} == {digest_of("tiers")}
    assert not any(row.is_off for row in rows.values())


def test_keys_on_a_plan_are_counted(make_tenant):
    make_tenant()

    assert {tier: row.keys for tier, row in look().items()} == {
        "free": 0, "starter": 1, "pro": 0, "enterprise": 0,
    }  # fmt: skip


def test_each_thing_that_differs_is_a_sentence(change):
    change(
        "pro", throttle__rateLimit=7, throttle__burstLimit=8, quota__limit=9, quota__period="DAY"
    )

    row = look()["pro"]

    assert row.is_off
    assert tier_words.differences_of(row) == [
        "Calls a second: 50 by definition, 7 at the gateway.",
        "Burst: 100 by definition, 8 at the gateway.",
        "Quota: 500,000 a month by definition, 9 a day at the gateway.",
    ]


def test_a_limit_that_was_taken_away_is_told(gateway):
    plan = plan_limits.read_plans(["free"])["free"]
    gateway.update_usage_plan(
        usagePlanId=plan.plan_id,
        patchOperations=[{"op": "remove", "path": "/quota"}, {"op": "remove", "path": "/throttle"}],
    )

    sentences = tier_words.differences_of(look()["free"])

    assert [text.endswith("no limit at the gateway.") for text in sentences] == [True] * 3


def test_a_plan_that_is_gone_is_told(gateway):
    gateway.delete_usage_plan(usagePlanId=plan_limits.read_plans(["free"])["free"].plan_id)

    row = look()["free"]

    assert tier_words.differences_of(row) == ["The gateway has no plan for this tier."]
    with pytest.raises(VerbRefused, match="Deploy"):
        tier_plans.repair(row, SYSTEM)


def test_the_sweep_looks_every_ten_minutes_and_not_more_often():
    assert sweep.run_due()["tiers"] == len(TIERS)
    assert sweep.run_due()["tiers"] == 0
    with later(601):
        assert sweep.run_due()["tiers"] == len(TIERS)


def test_a_look_that_fails_leaves_the_last_one(monkeypatch):
    look()
    seen = TierPlan.objects.get(tier="free").seen_at

    def unreachable(tiers):
        raise TryLater("apigateway did not answer")

    monkeypatch.setattr(plan_limits, "read_plans", unreachable)
    with later(601):
        assert "tiers" not in sweep.run_due()
    assert TierPlan.objects.get(tier="free").seen_at == seen


def test_a_repair_gives_the_plan_its_limits_back(change, run_tasks):
    change("pro", throttle__rateLimit=7, quota__limit=9)

    tier_plans.repair(look()["pro"], SYSTEM)
    run_tasks()

    assert limits_of("pro") == tier_plans.wanted_of("pro")
    assert not TierPlan.objects.get(tier="pro").is_off
    assert Job.objects.get().state == Job.State.DONE


def test_a_limit_that_was_taken_away_is_put_back(gateway, run_tasks):
    plan = plan_limits.read_plans(["free"])["free"]
    gateway.update_usage_plan(
        usagePlanId=plan.plan_id, patchOperations=[{"op": "remove", "path": "/quota"}]
    )

    tier_plans.repair(look()["free"], SYSTEM)
    run_tasks()

    assert limits_of("free") == tier_plans.wanted_of("free")


def test_four_plans_are_changed_one_each_twenty_seconds(change, run_tasks, monkeypatch):
    for tier in TIERS:
        change(tier, throttle__rateLimit=1)
    sent = []
    original = aws("apigateway").update_usage_plan
    monkeypatch.setattr(
        aws("apigateway"),
        "update_usage_plan",
        lambda **request: sent.append(timezone.now()) or original(**request),
    )
    for row in look().values():
        tier_plans.repair(row, SYSTEM)

    start = timezone.now()
    for seconds in range(0, 100, 5):
        with time_machine.travel(start + timedelta(seconds=seconds)):
            jobs.run_due_jobs()
            run_tasks()

    assert {job.state for job in Job.objects.all()} == {Job.State.DONE}
    assert [limits_of(tier) for tier in TIERS] == [tier_plans.wanted_of(tier) for tier in TIERS]
    gaps = [(after - before).total_seconds() for before, after in zip(sent, sent[1:], strict=False)]
    assert len(sent) == len(TIERS)
    assert min(gaps) >= 20


def test_a_turn_is_taken_by_one_worker_only(in_threads):
    now = timezone.now()

    def take(_number):
        try:
            pacing.take_turn(1, per_second=1 / 21, now=now, until=now, line="usage-plans")
        except TryLater:
            return False
        return True

    assert sum(in_threads(8, take)) == 1


def test_a_repair_that_died_after_the_change_finds_nothing_left_to_do(change, monkeypatch):
    change("pro", throttle__rateLimit=7)
    job = tier_plans.repair(look()["pro"], SYSTEM)

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        original(*args, **kwargs)
        raise Killed

    original = plan_limits.set_limits
    with monkeypatch.context() as patch:
        patch.setattr(plan_limits, "set_limits", die)
        with pytest.raises(Killed):
            jobs.run_chunk(job)
    with later(31):
        for _ in range(2):
            job.refresh_from_db()
            jobs.run_chunk(job)

    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert limits_of("pro") == tier_plans.wanted_of("pro")


def test_plans_of_another_definition_are_not_repaired(change, deploy_another):
    change("pro", throttle__rateLimit=7)
    row = look()["pro"]
    deploy_another()

    with pytest.raises(VerbRefused, match="another definition"):
        tier_plans.repair(row, SYSTEM)
    assert limits_of("pro").rate == 7


def test_a_definition_that_is_deployed_while_a_repair_waits_stops_it(
    change, deploy_another, run_tasks
):
    change("pro", throttle__rateLimit=7)
    tier_plans.repair(look()["pro"], SYSTEM)
    deploy_another()

    run_tasks()

    job = Job.objects.get()
    assert (job.state, "deployed meanwhile" in job.error) == (Job.State.FAILED, True)
    assert limits_of("pro").rate == 7


def test_what_agrees_is_not_repaired():
    with pytest.raises(VerbRefused, match="nothing to repair"):
        tier_plans.repair(look()["pro"], SYSTEM)


def test_a_plan_is_repaired_by_one_job_at_a_time(change):
    change("pro", throttle__rateLimit=7)
    row = look()["pro"]
    tier_plans.repair(row, SYSTEM)

    with pytest.raises(VerbRefused, match="already"):
        tier_plans.repair(row, SYSTEM)


def test_staff_see_both_numbers_and_repair_with_a_reason(staff, change, run_tasks):
    change("pro", throttle__rateLimit=7)
    row = look()["pro"]
    operator = staff("operations")

    page = operator.get(list_url(row)).content.decode()
    told = operator.get(page_url(row)).content.decode()
    answer = do(operator, "repair", row)
    run_tasks()

    assert "50; at the gateway 7" in page
    assert "(&#x27;differs" not in told
    assert "Calls a second: 50 by definition, 7 at the gateway." in told
    assert "1 plan will be repaired." in answer
    assert limits_of("pro").rate == 50
    assert AuditEvent.objects.filter(action="start repair-tier").get().reason


def test_many_are_repaired_from_the_list(staff, change):
    for tier in ("pro", "free"):
        change(tier, throttle__rateLimit=7)
    rows = look()

    do_to_many(staff("operations"), "repair", rows["pro"], rows["free"])

    assert Job.objects.count() == 2


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_who_may_only_look_cannot_repair(staff, change, role):
    change("pro", throttle__rateLimit=7)
    row = look()["pro"]
    client = staff(role)

    assert client.get(list_url(row)).status_code == 200
    assert (
        client.post(verb_url(row, "repair"), {"confirmed": "yes", "reason": "x"}).status_code == 403
    )
    assert not Job.objects.exists()


def test_marketing_does_not_see_tiers(staff):
    assert staff("marketing").get(list_url(look()["pro"])).status_code == 403


def test_before_the_first_look_the_list_says_so(staff):
    page = staff("operations").get(reverse("admin:tenants_tierplan_changelist")).content.decode()

    assert "not looked at yet" in page


def test_the_dashboard_counts_tiers_that_differ(staff, change):
    change("pro", throttle__rateLimit=7)
    look()

    tiles = staff("operations").get(reverse("admin:index")).context["tiles"]

    [tile] = [tile for tile in tiles if tile.label == "Tiers that differ"]
    assert (tile.number, tile.is_trouble) == ("1", True)


def test_a_plan_of_another_stage_is_not_ours(gateway):
    gateway.create_usage_plan(name="gatehouse-other-pro")

    assert set(plan_limits.read_plans(TIERS)) == set(TIERS)
    assert name_of("pro") != "gatehouse-other-pro"


def test_what_aws_refuses_ends_the_job_with_its_words(change, run_tasks, monkeypatch):
    change("pro", throttle__rateLimit=7)
    tier_plans.repair(look()["pro"], SYSTEM)

    def refuse(*_args, **_kwargs):
        raise Refused("apigateway UpdateUsagePlan: BadRequestException")

    monkeypatch.setattr(plan_limits, "set_limits", refuse)

    run_tasks()

    assert "BadRequestException" in Job.objects.get().error
