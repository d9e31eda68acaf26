"""A command of manage.py with what a stage has put where deployments find it."""

import pytest

from infra.deploying import handover, sam
from infra.deploying.managing import manage
from infra.deploying.stopping import Stopped
from tests.infra.deploying.given_settings import GIVEN


@pytest.fixture
def whole_stage(stage, monkeypatch):
    monkeypatch.setenv("AWS_REGION", stage.region)
    outputs = {"UserPoolId": "eu-central-1_pool", "ClientId": "client"}
    monkeypatch.setattr(sam, "outputs", lambda *_: outputs)
    handover.write(stage, "tasks_queue_url", "https://sqs/tasks")
    handover.write(stage, "api_url", "https://api.example/dev")
    for name, value in GIVEN.items():
        handover.write(stage, f"portal/{name}", value)
    return stage


def test_a_command_runs_with_the_settings_of_the_stage(whole_stage, capfd):
    manage(
        whole_stage,
        "shell --no-imports --command 'from django.conf import settings; "
        'print(settings.PORTAL_URL, settings.DATABASES["default"]["HOST"])\'',
    )

    assert "https://portal.example nowhere" in capfd.readouterr().out


def test_a_command_that_fails_is_told(whole_stage, capfd):
    with pytest.raises(Stopped, match=r"manage\.py nonsense ended with 1"):
        manage(whole_stage, "nonsense")

    assert "Unknown command: 'nonsense'" in capfd.readouterr().err
