"""The OpenAPI document says what the definition says, and is a valid one."""

import re

import jsonschema
import pytest
from openapi_spec_validator import validate

from adapters.definitions import definition
from adapters.openapi import document, problems_of
from adapters.problems import status_of

API = definition("api")
SERVER = "https://api.gatehouse.example/local"
PROTECTED = [route for route in API["routes"] if not route.get("public")]
PUBLIC = [route for route in API["routes"] if route.get("public")]


def operation(route):
    return document(server=SERVER)["paths"][route["path"]][route["method"].lower()]


def name(route):
    return f"{route['method']} {route['path']}"


def test_the_document_is_valid():
    validate(document(server=SERVER))


def test_the_document_names_where_the_api_is():
    assert document(server=SERVER)["servers"] == [{"url": SERVER}]


def test_every_route_is_in_the_document_and_no_other():
    found = {
        f"{method.upper()} {path}"
        for path, methods in document(server=SERVER)["paths"].items()
        for method in methods
    }

    assert found == {name(route) for route in API["routes"]}


@pytest.mark.parametrize("route", PROTECTED, ids=name)
def test_a_protected_route_asks_for_token_and_key_together(route):
    both = [{"IdToken": [], "ApiKey": []}]

    assert operation(route).get("security", document(server=SERVER)["security"]) == both
    assert {"401", "403", "429", "500", "504"} <= operation(route)["responses"].keys()


@pytest.mark.parametrize("route", PUBLIC, ids=name)
def test_a_public_route_asks_for_nothing(route):
    assert operation(route)["security"] == []
    assert "401" not in operation(route)["responses"]
    assert "429" in operation(route)["responses"]


@pytest.mark.parametrize("route", API["routes"], ids=name)
def test_every_refusal_is_a_problem_with_an_example_for_each_code(route):
    responses = operation(route)["responses"]

    told = {
        code: int(status)
        for status, response in responses.items()
        if status != "200"
        for code in response["content"]["application/problem+json"]["examples"]
    }
    assert told == {code: status_of(code) for code, _ in problems_of(route)}
    assert told.keys() >= set(route["problems"])


def test_a_route_with_a_body_can_meet_the_problems_of_bodies():
    codes = {name(route): {code for code, _ in problems_of(route)} for route in API["routes"]}

    assert {"body_invalid", "body_too_large"} <= codes["POST /v1/solve"]
    assert not {"body_invalid", "body_too_large"} & codes["GET /v1/me"]


def resolved(schema, whole):
    text = re.fullmatch(r"#/components/schemas/(\w+)", schema.get("$ref", ""))
    return whole["components"]["schemas"][text[1]] if text else schema


@pytest.mark.parametrize("route", API["routes"], ids=name)
def test_every_example_fits_its_schema(route):
    whole = document(server=SERVER)
    contents = [response["content"] for response in operation(route)["responses"].values()]
    contents += [operation(route)["requestBody"]["content"]] if "body" in route else []

    for content in contents:
        (media,) = content.values()
        examples = [example["value"] for example in media.get("examples", {}).values()]
        examples += [media["example"]] if "example" in media else []
        for example in examples:
            schema = resolved(media["schema"], whole)
            jsonschema.Draft202012Validator(schema).validate(example)


def test_what_may_be_waited_for_is_said_in_a_header():
    responses = operation(PROTECTED[0])["responses"]

    assert "Retry-After" in responses["429"]["headers"]
    assert "WWW-Authenticate" in responses["401"]["headers"]


def test_the_limits_of_each_tier_are_told_but_not_what_it_is_sold_as():
    tiers = document(server=SERVER)["x-tiers"]

    assert tiers.keys() == definition("tiers").keys()
    for tier, limits in tiers.items():
        defined = definition("tiers")[tier]
        assert limits == {name: defined[name] for name in limits}
        assert {"rate", "burst", "quota", "max_variables"} <= limits.keys()
        assert not {"marketplace_dimension", "price_note"} & limits.keys()


def test_a_model_of_draft_4_is_written_in_the_draft_of_openapi(monkeypatch):
    model = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "definitions": {"Term": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
        "properties": {
            "terms": {"type": "array", "items": {"$ref": "#/definitions/Term"}},
            "most": {"type": "number", "maximum": 5, "exclusiveMaximum": False},
        },
    }
    monkeypatch.setitem(API["models"], "Odd", model)

    schema = document(server=SERVER)["components"]["schemas"]["Odd"]

    assert schema["definitions"]["Term"] == {"type": "number", "exclusiveMinimum": 0}
    assert schema["properties"]["terms"]["items"] == {
        "$ref": "#/components/schemas/Odd/definitions/Term"
    }
    assert schema["properties"]["most"] == {"type": "number", "maximum": 5}
    assert "$schema" not in schema
