"""The command itself: what it refuses before anything is touched, and what it says."""

import sys

import pytest

from infra.deploying import __main__ as command
from infra.deploying import guards, handover, stages
from localcloud.place import ACCOUNT
from tests.infra.deploying.stage_files import write_stage
from tests.infra.test_definitions import STAGES


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
    monkeypatch.setattr(stages, "_STAGES", tmp_path)
    write_stage(tmp_path, "trial")


def test_a_stage_that_there_is_not_is_refused(run):
    code, said = run("deploy", "nowhere")

    assert code == 1
    assert f"one of: {', '.join(sorted(STAGES))}" in said


@pytest.mark.parametrize("verb", ["deploy", "plan", "rollback", "destroy", "manage"])
def test_nothing_is_done_with_the_credentials_of_another_account(run, trial, tmp_path, verb):
    write_stage(tmp_path, "other", account_id="111111111111")

    code, said = run(verb, "other")

    assert code == 1
    assert f"credentials of account {ACCOUNT}, and other is in 111111111111" in said


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


def test_a_stage_that_is_not_there_is_not_taken_down(run, trial):
    code, said = run("destroy", "trial", "--yes=trial")

    assert code == 1
    assert "trial is not there, or gone already" in said
