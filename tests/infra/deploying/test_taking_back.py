"""A rollback deploys the packages of the release before, or nothing at all."""

import boto3
import pytest

from infra.deploying import handover, portal, putting_up, releases, sam, schema, smoke, taking_back
from infra.deploying.steps import run_all
from infra.deploying.stopping import Stopped
from tests.distributions import make_bucket


@pytest.fixture
def deployed(monkeypatch):
    """What the tools are asked to deploy, instead of deploying it."""
    seen = []

    def deploy_stack(stage, thing, template, **parameters):
        seen.append((thing, template.read_text()))
        return {}

    def deploy_portal(stage, package, *, code_hash):
        seen.append(("portal", package, code_hash))

    monkeypatch.setattr(sam, "deploy", deploy_stack)
    monkeypatch.setattr(portal, "deploy", deploy_portal)
    monkeypatch.setattr(smoke, "test", lambda stage, has_api: "")
    monkeypatch.setattr(schema, "refuse_unreadable", lambda *_: None)
    return seen


def test_functions_and_portal_return_to_the_release_before(stage, make_release, deployed):
    first = make_release("one")
    make_release("two")

    run_all(taking_back.steps(stage))

    package = f"s3://{stage.bucket}/{releases.portal_key(first)}"
    assert deployed == [("functions", "one"), ("portal", package, first.portal)]
    now = releases.now(stage)
    assert now
    assert now.id == first.id


def test_the_static_files_of_then_are_there_before_its_portal(stage, make_release, deployed, cloud):
    make_release("one")
    make_release("two")
    bucket = f"gatehouse-{stage.name}-static"
    make_bucket(bucket)
    handover.write(stage, "static_bucket", bucket)

    names = [step.name for step in taking_back.steps(stage)]
    run_all(taking_back.steps(stage))

    found = boto3.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in found] == ["static/site.one.css"]
    assert names.index("static") < names.index("portal")
    handover.forget(stage, "static_bucket")
    cloud.reset()


def test_nothing_is_deployed_where_the_database_would_not_be_understood(
    stage, make_release, deployed, monkeypatch
):
    make_release("one")
    second = make_release("two")

    def refuse(*_):
        raise Stopped("it lost a column")

    monkeypatch.setattr(schema, "refuse_unreadable", refuse)

    with pytest.raises(Stopped, match="it lost a column"):
        run_all(taking_back.steps(stage))

    assert deployed == []
    now = releases.now(stage)
    assert now
    assert now.id == second.id


def test_a_rollback_that_does_not_work_is_not_called_the_release_that_runs(
    stage, make_release, deployed, monkeypatch
):
    make_release("one")
    second = make_release("two")

    def fail(*_, **__):
        raise Stopped("the page is broken")

    monkeypatch.setattr(smoke, "test", fail)

    with pytest.raises(Stopped, match="FROM=smoke"):
        run_all(taking_back.steps(stage))

    now = releases.now(stage)
    assert now
    assert now.id == second.id


@pytest.mark.parametrize(("told", "runs"), [("", True), ("pool-1", True), ("pool-2", False)])
def test_the_pool_is_told_once(stage, monkeypatch, told, runs):
    monkeypatch.setattr(sam, "parameters", lambda *_: {"UserPoolId": told})
    monkeypatch.setattr(putting_up.handover, "read", lambda *_: "pool-2")

    found = putting_up.unless_known(lambda stage: "told now")(stage)

    assert (found == "told now") is runs
