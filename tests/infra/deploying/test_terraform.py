"""What a plan of Terraform shows to whoever has to read it."""

import pytest

from infra.deploying import terraform
from infra.deploying.stopping import Stopped

SAID = """\
data.aws_partition.current: Reading...
data.aws_partition.current: Read complete after 0s [id=aws]
aws_dynamodb_table.all["windows"]: Refreshing state... [id=gatehouse-dev-windows]
  # aws_dynamodb_table.all["windows"] will be updated in-place
Plan: 0 to add, 1 to change, 0 to destroy."""


@pytest.fixture
def said_by_terraform(monkeypatch):
    asked = []

    def run(words, **_):
        asked.append(words)
        return SAID

    monkeypatch.setattr(terraform, "run", run)
    return asked


def test_a_plan_shows_what_would_change_and_not_what_was_looked_at(stage, said_by_terraform):
    shown = terraform.plan(stage, "data")

    assert shown.splitlines() == [
        '  # aws_dynamodb_table.all["windows"] will be updated in-place',
        "Plan: 0 to add, 1 to change, 0 to destroy.",
    ]
    assert "-compact-warnings" in said_by_terraform[-1]


@pytest.mark.parametrize(("said", "helps"), [("acquiring the state lock", True), ("else", False)])
def test_a_lock_that_somebody_left_says_how_it_is_taken_away(stage, monkeypatch, said, helps):
    def run(*_, **__):
        raise Stopped(f"Error {said}")

    monkeypatch.setattr(terraform, "run", run)

    with pytest.raises(Stopped) as stopped:
        terraform.apply(stage, "edge")

    command = f"aws s3 rm s3://{stage.bucket}/terraform/edge.tfstate.tflock"
    assert (command in str(stopped.value)) is helps
