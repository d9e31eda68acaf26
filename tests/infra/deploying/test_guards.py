"""Nothing of a stage is touched by the wrong account, from a dirty checkout or by two at once."""

import dataclasses
import json
import subprocess

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from infra.deploying import guards, handover, stages
from infra.deploying.stages import stage_called
from infra.deploying.stopping import Stopped
from infra.deploying.turns import turn
from localcloud.place import ACCOUNT, REGION
from tests.infra.deploying.stage_files import write_stage
from tests.infra.test_definitions import STAGES


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with one commit."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "file").write_text("one")
    monkeypatch.setattr(guards, "ROOT", folder)
    who = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "one"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def test_credentials_of_another_account_are_refused(stage):
    elsewhere = dataclasses.replace(stage, account="111111111111")

    with pytest.raises(Stopped, match="123456789012.*111111111111"):
        guards.refuse_another_account(elsewhere)


def test_credentials_of_the_stages_account_are_good(stage):
    guards.refuse_another_account(stage)


@pytest.fixture
def without_credentials(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.mark.usefixtures("without_credentials")
@pytest.mark.parametrize("profile", ["", "nobody"])
def test_without_credentials_it_says_whose_are_needed(stage, monkeypatch, profile):
    if profile:
        monkeypatch.setenv("AWS_PROFILE", profile)

    with pytest.raises(Stopped, match=rf"credentials of account {stage.account}.*AWS_PROFILE"):
        guards.refuse_another_account(stage)


def test_an_aws_that_cannot_be_reached_is_no_matter_of_credentials(stage, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    with pytest.raises(EndpointConnectionError):
        guards.refuse_another_account(stage)


@pytest.fixture
def terraform_says(tmp_path, monkeypatch):
    """Nothing else is on PATH but a terraform of this version, or none."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def say(version):
        told = json.dumps({"terraform_version": version})
        (tmp_path / "terraform").write_text(f"#!/bin/sh\necho '{told}'\n")
        (tmp_path / "terraform").chmod(0o755)

    return say


@pytest.mark.usefixtures("terraform_says")
def test_without_terraform_nothing_is_begun():
    with pytest.raises(Stopped, match=r"install 1\.10 or newer"):
        guards.refuse_without_terraform()


def test_a_terraform_that_locks_no_state_is_refused(terraform_says):
    terraform_says("1.9.8")
    with pytest.raises(Stopped, match=r"Terraform 1\.9\.8 cannot"):
        guards.refuse_without_terraform()

    terraform_says("1.10.0-rc1")
    guards.refuse_without_terraform()


def test_what_is_not_committed_is_refused_outside_dev(make_stage, checkout):
    (checkout / "file").write_text("two")

    with pytest.raises(Stopped, match="file"):
        guards.refuse_a_dirty_checkout(make_stage("staging"))
    guards.refuse_a_dirty_checkout(make_stage("dev"))


def test_a_committed_checkout_is_good_and_a_changed_one_is_marked(make_stage, checkout):
    guards.refuse_a_dirty_checkout(make_stage("staging"))
    clean = guards.commit()
    (checkout / "new").write_text("")

    assert guards.commit() == f"{clean}-changed"


def test_production_is_not_touched_before_somebody_says_its_name(make_stage, monkeypatch):
    production = make_stage("production", production=True)

    with pytest.raises(Stopped, match="YES=production"):
        guards.ask(production, said="")
    with pytest.raises(Stopped):
        guards.ask(production, said="yes")
    guards.ask(production, said="production")
    guards.ask(make_stage("dev"), said="")


def test_no_stage_is_taken_down_before_somebody_says_its_name(make_stage):
    with pytest.raises(Stopped, match="YES=dev"):
        guards.ask(make_stage("dev"), said="", destroys=True)
    guards.ask(make_stage("dev"), said="dev", destroys=True)


def test_a_second_deployer_waits_for_their_turn(stage):
    with (
        turn(stage, take_over=False),
        pytest.raises(Stopped, match="TAKE_OVER=1"),
        turn(stage, take_over=False),
    ):
        pytest.fail("two deployed at once")


def test_the_turn_is_over_after_a_failure(stage):
    with pytest.raises(Stopped, match="no"), turn(stage, take_over=False):
        raise Stopped("no")

    assert handover.read(stage, "deploying") is None


def test_the_turn_of_somebody_who_died_is_taken_over(stage):
    handover.write(stage, "deploying", "alice@laptop")

    with turn(stage, take_over=True):
        assert handover.read(stage, "deploying") != "alice@laptop"


@pytest.mark.parametrize("name", ["", "nowhere", "../stages/dev", "DEV"])
def test_a_stage_that_there_is_not_is_refused_with_those_that_there_are(name):
    with pytest.raises(Stopped, match=", ".join(sorted(STAGES))):
        stage_called(name)


@pytest.fixture
def folder_of_stages(tmp_path, monkeypatch):
    monkeypatch.setattr(stages, "_STAGES", tmp_path)
    return tmp_path


def test_a_stage_is_what_its_file_says(folder_of_stages):
    write_stage(folder_of_stages, "production", account_id="333333333333", production=True)
    write_stage(folder_of_stages, "dev")

    production = stage_called("production")

    assert (production.account, production.region) == ("333333333333", REGION)
    assert production.production
    assert not stage_called("dev").production
    assert production.parameters("functions")["Stage"] == "production"


def test_a_copy_that_still_names_the_other_stage_is_refused(folder_of_stages):
    write_stage(folder_of_stages, "trial", stage="dev")

    with pytest.raises(Stopped, match=r"trial\.tfvars says stage = 'dev'"):
        stage_called("trial")


def test_a_line_that_is_no_plain_value_is_named(folder_of_stages):
    file = write_stage(folder_of_stages, "dev")
    file.write_text(file.read_text().replace(f'"{ACCOUNT}"', f'"{ACCOUNT}" # ours'))

    with pytest.raises(Stopped, match="account_id = .*plain value"):
        stage_called("dev")
