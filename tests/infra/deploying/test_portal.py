"""The portal gets the settings of its stage, and what runs is what was sent."""

import boto3
import pytest

from infra.deploying import handover, portal, putting_up, retained, sam
from infra.deploying.stages import Stage
from infra.deploying.stopping import Stopped
from portal.stages import REQUIRED
from tests.infra.deploying.given_settings import GIVEN

HOSTS = ("ALLOWED_HOSTS", "PORTAL_URL")


@pytest.fixture
def handed_over(stage, monkeypatch):
    outputs = {"UserPoolId": "eu-central-1_pool", "ClientId": "client"}
    monkeypatch.setattr(sam, "outputs", lambda *_: outputs)
    handover.write(stage, "tasks_queue_url", "https://sqs/tasks")
    handover.write(stage, "api_url", "https://api.example/dev")


def put(stage, **settings):
    for name, value in settings.items():
        handover.write(stage, f"portal/{name}", value)


def test_a_stage_gets_what_the_tools_made_and_what_a_person_put_there(stage, handed_over):
    put(stage, **GIVEN)

    settings = portal.settings_of(stage)

    assert {name for name in REQUIRED if not settings.get(name)} == {"AWS_REGION"}
    assert settings["STAGE"] == stage.name
    assert settings["USER_POOL_ID"] == "eu-central-1_pool"
    assert settings["API_URL"] == "https://api.example/dev"


def test_what_a_person_put_there_goes_before(stage, handed_over):
    put(stage, **GIVEN, API_URL="https://api.example")

    assert portal.settings_of(stage)["API_URL"] == "https://api.example"


def test_a_stage_with_host_names_of_its_own_needs_no_person_to_say_them(stage, handed_over):
    put(stage, **{name: value for name, value in GIVEN.items() if name not in HOSTS})
    handover.write(stage, "portal_url", "https://portal.gatehouse.example")
    handover.write(stage, "staff_url", "https://staff.gatehouse.example")
    handover.write(stage, "static_url", "https://d1.cloudfront.net/static/")

    settings = portal.settings_of(stage)

    assert settings["PORTAL_URL"] == "https://portal.gatehouse.example"
    assert settings["STAFF_URL"] == "https://staff.gatehouse.example"
    assert settings["ALLOWED_HOSTS"] == "portal.gatehouse.example,staff.gatehouse.example"
    assert settings["STATIC_URL"] == "https://d1.cloudfront.net/static/"


def test_a_stage_without_them_has_neither_a_host_for_staff_nor_a_cdn(stage, handed_over):
    put(stage, **GIVEN)

    assert not portal.settings_of(stage).keys() & {"STAFF_URL", "STATIC_URL"}


def test_the_api_that_zappa_made_is_handed_over_and_none_is_told(stage, cloud):
    with pytest.raises(Stopped, match="Zappa made no API"):
        portal.hand_over_api(stage)
    gateway = boto3.client("apigateway")
    made = gateway.create_rest_api(name=stage.portal)

    portal.hand_over_api(stage)

    assert handover.read(stage, "portal_api_id") == made["id"]
    retained.delete_api(stage)
    assert handover.read(stage, "portal_api_id") is None
    assert portal.apis_of(stage) == []


def test_where_dns_must_lead_is_said(stage):
    assert putting_up.dns_targets(stage) == []
    handover.write(stage, "dns", '{"b.example": "d-2.example", "a.example": "d-1.example"}')

    said = putting_up.dns_targets(stage)

    handover.forget(stage, "dns")
    assert said == ["DNS: a.example leads to d-1.example", "DNS: b.example leads to d-2.example"]


def test_every_missing_setting_is_named_at_once_with_the_command_that_sets_it(stage, handed_over):
    put(stage, MAIL_FROM=GIVEN["MAIL_FROM"])

    with pytest.raises(Stopped) as stopped:
        portal.settings_of(stage)

    said = str(stopped.value)
    assert f"--name /gatehouse/{stage.name}/portal/SECRET_KEY" in said
    assert "DATABASE_URL" in said
    assert "MAIL_FROM" not in said


@pytest.fixture
def deployed(stage, monkeypatch):
    """A function that is there, and a Zappa that says nothing and does nothing."""
    monkeypatch.setattr(Stage, "portal", "gatehouse-local-api")
    monkeypatch.setattr(portal, "_zappa_settings", lambda stage: {})
    monkeypatch.setattr(portal, "_zappa", lambda *_: None)


def test_a_zappa_that_ends_well_over_a_failure_is_not_believed(stage, deployed):
    with pytest.raises(Stopped, match="and not sent"):
        portal.deploy(stage, "portal.zip", code_hash="sent")


def test_what_runs_as_it_was_sent_is_good(stage, deployed):
    running = portal.running_hash(stage)

    assert portal.deploy(stage, "portal.zip", code_hash=running) == "update"


def test_a_portal_that_there_is_not_has_no_hash(stage):
    assert portal.running_hash(stage) is None
