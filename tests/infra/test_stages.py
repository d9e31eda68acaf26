"""Each stage can be planned from its one file, and is as safe as it says."""

import json
from typing import Any

import pytest

from adapters.definitions import definition
from tests.infra.conftest import USER_POOL_ARN, Plan, one_at_a_time
from tests.infra.test_definitions import STAGES
from tests.terraform import INFRA

pytestmark = pytest.mark.infrastructure

# What a deployment hands over to a root besides.
HANDED: dict[str, dict[str, Any]] = {
    "data": {"user_pool_arn": USER_POOL_ARN},
    "edge": {"user_pool_arn": USER_POOL_ARN},
    "wiring": {"portal_api_id": "a1b2c3d4e5"},
}


@pytest.fixture(scope="module")
def stage_plan(root_of, shared_folder):
    """Return the plan of a root for a stage of infra/stages, made without any AWS."""

    def stage_plan(root, stage):
        file, ready = shared_folder / f"{root}-{stage}.json", root_of(root)
        with one_at_a_time(shared_folder):
            if not file.exists():
                file.write_text(json.dumps(ready.plan_stage(stage, **HANDED[root])))
        return Plan(json.loads(file.read_text()))

    return stage_plan


def numbers_of_accounts():
    texts = [(INFRA / f"stages/{stage}.tfvars").read_text() for stage in STAGES]
    return {text.split("account_id")[1].split('"')[1] for text in texts}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("root", HANDED)
def test_a_stage_is_planned_from_its_one_file_and_names_nothing_of_another(stage_plan, root, stage):
    plan = stage_plan(root, stage)

    told = json.dumps(plan.resources)
    assert plan.resources
    assert f"gatehouse-{stage}-" in told
    assert [other for other in STAGES if other != stage and f"gatehouse-{other}" in told] == []


def test_each_stage_has_an_account_of_its_own():
    assert len(numbers_of_accounts()) == len(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_only_production_refuses_to_be_lost(stage_plan, stage):
    plan, is_real = stage_plan("data", stage), stage == "production"
    [bucket] = plan.of_type("aws_s3_bucket")
    clusters = plan.of_type("aws_rds_cluster")
    tables = plan.of_type("aws_dynamodb_table")

    assert {table["deletion_protection_enabled"] for table in tables} == {is_real}
    assert bucket["force_destroy"] is not is_real
    assert all(cluster["deletion_protection"] is is_real for cluster in clusters)
    assert all(cluster["skip_final_snapshot"] is not is_real for cluster in clusters)


@pytest.mark.parametrize("stage", STAGES)
def test_what_cannot_be_made_anew_can_be_had_back_to_any_second(stage_plan, stage):
    tables = stage_plan("data", stage).by_name("aws_dynamodb_table")
    wanted = {f"gatehouse-{stage}-{thing}": table for thing, table in definition("tables").items()}

    kept = {name: table["point_in_time_recovery"][0]["enabled"] for name, table in tables.items()}
    assert kept == {name: table["point_in_time_recovery"] for name, table in wanted.items()}


@pytest.mark.parametrize("stage", STAGES)
def test_a_database_of_ours_sleeps_but_for_production(stage_plan, stage):
    """A stage may have one of its own elsewhere."""
    for cluster in stage_plan("data", stage).of_type("aws_rds_cluster"):
        [scaling] = cluster["serverlessv2_scaling_configuration"]

        assert (scaling["min_capacity"] > 0) is (stage == "production")
        assert scaling["max_capacity"] >= 1
        assert cluster["backup_retention_period"] >= (14 if stage == "production" else 1)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_tells_somebody_of_alarms_and_of_costs(stage_plan, stage):
    plan = stage_plan("data", stage)

    assert [s for s in plan.of_type("aws_sns_topic_subscription") if s["protocol"] == "email"]
    assert len(plan.of_type("aws_budgets_budget")) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_its_static_files_at_a_cdn_and_only_production_keeps_them(
    stage_plan, stage
):
    plan = stage_plan("edge", stage)
    [bucket] = plan.of_type("aws_s3_bucket")

    assert len(plan.of_type("aws_cloudfront_distribution")) == 1
    assert bucket["force_destroy"] is not (stage == "production")


def test_production_has_a_firewall_and_a_second_machine_for_the_database(stage_plan):
    assert len(stage_plan("edge", "production").of_type("aws_wafv2_web_acl")) == 1
    assert len(stage_plan("data", "production").of_type("aws_rds_cluster_instance")) == 2
    assert len(stage_plan("data", "dev").of_type("aws_rds_cluster_instance")) < 2


@pytest.mark.parametrize(("root", "runs"), [("data", 5), ("edge", 6)])
def test_what_a_stages_file_may_not_say_is_refused(root_of, root, runs):
    assert f"{runs} passed, 0 failed" in root_of(root).run("test")
