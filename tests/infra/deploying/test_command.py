"""The command itself: what it refuses before anything is touched, and what it says."""

import sys

import pytest

from infra.deploying import __main__ as command
from infra.deploying import guards, handover, stages
from localcloud.place import ACCOUNT


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words):
        monkeypatch.setattr(sys, "argv", ["deploying", *words])
        code = command.main()
        return code, capsys.readouterr().err

    return call


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """A stage in the local cloud's account, which nothing was ever deployed to."""
    example = (stages.ROOT / "infra/stages/dev.tfvars").read_text()
    file = tmp_path / "trial.tfvars"
    file.write_text(example.replace('"dev"', '"trial"').replace("111111111111", ACCOUNT))
    monkeypatch.setattr(stages, "_STAGES", tmp_path)


def test_a_stage_that_there_is_not_is_refused(run):
    code, said = run("deploy", "nowhere")

    assert code == 1
    assert "one of: dev, production, staging" in said


@pytest.mark.parametrize("verb", ["deploy", "plan", "rollback", "destroy", "manage"])
def test_nothing_is_done_with_the_credentials_of_another_account(run, verb):
    code, said = run(verb, "dev")

    assert code == 1
    assert f"credentials of account {ACCOUNT}, and dev is in 111111111111" in said


def test_what_was_never_deployed_is_not_rolled_back_and_the_turn_is_over(run, trial):
    code, said = run("rollback", "trial")

    assert code == 1
    assert "no release of trial ever passed" in said
    assert handover.read(stages.stage_called("trial"), "deploying") is None


def test_a_dirty_checkout_is_refused_before_a_turn_is_taken(run, trial, monkeypatch):
    monkeypatch.setattr(guards, "_git", lambda *_: " M file")
    handover.write(stages.stage_called("trial"), "deploying", "alice@laptop")

    _, said = run("deploy", "trial")

    handover.forget(stages.stage_called("trial"), "deploying")
    assert "commit or put away" in said


def test_a_stage_is_not_destroyed_without_its_name(run, trial):
    assert "YES=trial" in run("destroy", "trial")[1]


def test_a_stage_that_somebody_deploys_is_left_alone(run, trial):
    handover.write(stages.stage_called("trial"), "deploying", "alice@laptop since today")

    _, said = run("rollback", "trial")

    handover.forget(stages.stage_called("trial"), "deploying")
    assert "alice@laptop since today deploys trial" in said
