"""What infra/definitions and infra/stages say is whole, and agrees with the code."""

import json
import re

import pytest

from adapters.definitions import definition
from portal.celery import app
from tests.terraform import INFRA

STAGES = ("dev", "staging", "production")

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)")
CRON = re.compile(r"cron\(\S+( \S+){5}\)")


def is_expression(text):
    """A cron expression names a day of the month or of the week, and leaves the other open."""
    if CRON.fullmatch(text):
        days = text.removeprefix("cron(").removesuffix(")").split()
        return [days[2], days[4]].count("?") == 1
    return bool(RATE.fullmatch(text))


@pytest.mark.parametrize("text", ["rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)"])
def test_what_eventbridge_refuses_is_no_expression(text):
    assert not is_expression(text)


@pytest.mark.parametrize("name", definition("schedule"))
def test_a_schedule_names_a_task_that_exists(name):
    app.loader.import_default_modules()

    assert definition("schedule")[name]["task"] in app.tasks


@pytest.mark.parametrize("name", definition("schedule"))
def test_a_schedule_says_when_to_both_of_its_readers(name):
    entry = definition("schedule")[name]

    assert is_expression(entry["eventbridge"])
    assert entry["every_seconds"] > 0
    assert entry["about"]


@pytest.mark.parametrize("name", definition("tiers"))
def test_a_tier_is_complete(name):
    tier = definition("tiers")[name]
    permissions = {route["permission"] for route in definition("api")["routes"]}
    largest = definition("api")["models"]["SolveRequest"]["properties"]["qubo"]["maxItems"]

    assert tier.keys() == {
        "label", "rate", "burst", "quota", "permissions", "max_variables",
        "marketplace_dimension", "price_note",
    }  # fmt: skip
    assert tier["label"]
    assert tier["price_note"]
    assert 0 < tier["rate"] <= tier["burst"]
    assert tier["quota"]["limit"] > 0
    assert tier["quota"]["period"] in ("DAY", "WEEK", "MONTH")
    assert set(tier["permissions"]) <= permissions
    assert 0 < tier["max_variables"] <= largest


def test_no_two_tiers_share_a_dimension_of_the_marketplace():
    dimensions = [tier["marketplace_dimension"] for tier in definition("tiers").values()]
    sold = [dimension for dimension in dimensions if dimension]

    assert len(sold) == len(set(sold))


def test_every_stage_of_the_portal_has_its_variables():
    zappa = json.loads((INFRA.parent / "zappa_settings.json").read_text())

    files = {file.stem for file in (INFRA / "stages").glob("*.tfvars")}

    assert files == set(STAGES) == zappa.keys() - {"base"}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_what_its_file_is_called(stage):
    zappa = json.loads((INFRA.parent / "zappa_settings.json").read_text())
    text = (INFRA / f"stages/{stage}.tfvars").read_text()

    values = dict(re.findall(r"^(\w+) += (.+)$", text, re.MULTILINE))

    assert json.loads(values["stage"]) == stage
    assert json.loads(values["region"]) == zappa["base"]["aws_region"]
    assert json.loads(values["production"]) is (stage == "production")
