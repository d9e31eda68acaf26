"""What infra/definitions and infra/stages say is whole, and agrees with the code."""

import json
import re
from itertools import pairwise

import pytest
from jsonschema import Draft4Validator

from adapters.definitions import definition
from functions.solve_requests import FIELDS, LEAST_SECONDS
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
    permissions = {route.get("permission") for route in definition("api")["routes"]}

    assert tier.keys() == {
        "label", "rate", "burst", "quota", "permissions", "marketplace_dimension", "price_note",
        *LIMITS,
    }  # fmt: skip
    assert tier["label"]
    assert tier["price_note"]
    assert 0 < tier["rate"] <= tier["burst"]
    assert tier["quota"]["limit"] > 0
    assert tier["quota"]["period"] in ("DAY", "WEEK", "MONTH")
    assert set(tier["permissions"]) <= permissions
    # API Gateway waits 29 seconds; the function keeps three of them.
    assert tier["max_seconds"] < 26


LIMITS = ("max_variables", "max_reads", "max_sweeps", "max_seconds")


@pytest.mark.parametrize("name", ["rate", "burst", "quota", "permissions", *LIMITS])
def test_each_tier_allows_at_least_what_the_one_before_allows(name):
    tiers = definition("tiers").values()
    found = [tier["quota"]["limit"] if name == "quota" else tier[name] for tier in tiers]

    if name == "permissions":
        assert all(set(one) <= set(next_one) for one, next_one in pairwise(found))
    else:
        assert found == sorted(found)


def test_the_quotas_of_all_tiers_are_of_one_period():
    assert len({tier["quota"]["period"] for tier in definition("tiers").values()}) == 1


def test_the_schema_of_a_call_lets_through_what_the_largest_tier_allows_and_no_more():
    asked = definition("api")["models"]["SolveRequest"]["properties"]
    largest = list(definition("tiers").values())[-1]
    variables = largest["max_variables"]

    assert (asked["qubo"]["maxItems"], asked["qubo"]["items"]["maxItems"]) == (variables,) * 2
    assert asked["qubo"]["maxProperties"] == asked["terms"]["maxItems"] == variables**2
    assert asked["qubo"]["additionalProperties"]["maxProperties"] == variables
    assert asked["reads"]["maximum"] == largest["max_reads"]
    assert asked["sweeps"]["maximum"] == largest["max_sweeps"]
    assert asked["time_limit"]["maximum"] == largest["max_seconds"]
    assert asked["time_limit"]["minimum"] == LEAST_SECONDS
    assert asked.keys() == set(FIELDS)


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
    assert zappa[stage]["role_name"] == f"gatehouse-{stage}-portal"


API = definition("api")
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
GATEWAY_RESPONSES = {
    "ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR",
    "AUTHORIZER_FAILURE", "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX",
    "DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT",
    "INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED",
    "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}  # fmt: skip


@pytest.mark.parametrize("route", API["routes"], ids=lambda route: route["path"])
def test_a_route_is_complete(route):
    assert route.keys() <= {
        "method", "path", "function", "permission", "public", "throttle", "summary", "description",
        "parameters", "body", "example", "answer", "problems",
    }  # fmt: skip
    assert ("permission" in route) is not route.get("public", False)
    assert route["function"] == "api"
    assert route["summary"]
    assert route["description"].endswith(".")
    assert ("body" in route) is ("example" in route)
    assert {route["answer"]["model"], route.get("body", "Problem")} <= API["models"].keys()
    assert set(route["problems"]) <= definition("problems")["problems"].keys()


@pytest.mark.parametrize("name", API["models"])
def test_a_model_is_one_that_api_gateway_takes(name):
    model = API["models"][name]

    assert re.fullmatch(r"[A-Za-z0-9]+", name)
    assert model["$schema"] == "http://json-schema.org/draft-04/schema#"
    assert model["title"] == name
    Draft4Validator.check_schema(model)


@pytest.mark.parametrize("kind", API["gateway_responses"])
def test_a_gateway_response_is_of_a_type_of_awss_and_names_its_problem(kind):
    answer = API["gateway_responses"][kind]

    assert kind in GATEWAY_RESPONSES
    assert answer["problem"] in definition("problems")["problems"]
    assert answer["met_by"] in {"all", "protected", "body", "parameters", "none"}
    assert answer["detail"].endswith((".", "why.", "which."))


def test_every_problem_is_met_somewhere():
    of_the_gateway = {answer["problem"] for answer in API["gateway_responses"].values()}
    of_routes = {code for route in API["routes"] for code in route["problems"]}

    assert of_the_gateway | of_routes == definition("problems")["problems"].keys()


def test_a_key_of_the_highest_tier_fits_into_the_limits_of_the_stage():
    fastest = max(tier["rate"] for tier in definition("tiers").values())
    largest = max(tier["burst"] for tier in definition("tiers").values())

    assert API["throttle"]["rate"] > fastest
    assert API["throttle"]["burst"] > largest
