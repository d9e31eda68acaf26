"""The reference of the API: what the definition says, for people, with examples that run."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from django.conf import settings
from django.urls import reverse

from adapters.definitions import definition
from adapters.openapi import problems_of
from adapters.rights import AccessItem, PermissionItem, write_access, write_permission
from portal.api_examples import examples_of, pretty
from portal.api_schemas import choices_of, fields_of, kind_of, limits_of

pytestmark = pytest.mark.django_db

ROUTES = definition("api")["routes"]
PROBLEMS = definition("problems")["problems"]


@pytest.fixture
def page(client):
    return client.get("/docs/api/").content.decode()


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_every_call_is_in_the_reference(page):
    text = text_of(page)

    for route in ROUTES:
        assert f"{route['method']} {route['path']}" in text
        assert route["description"] in text.replace("&#x27;", "'")


def test_every_field_of_every_body_and_answer_is_explained(page):
    models = definition("api")["models"]
    shown = [models[route["answer"]["model"]] for route in ROUTES]
    shown += [models[route["body"]] for route in ROUTES if "body" in route]

    for field in (field for model in shown for field in fields_of(model)):
        assert f"<code>{field.name}</code>" in page
        assert field.description


def test_fields_of_which_one_must_be_there_are_named(page):
    assert choices_of(definition("api")["models"]["SolveRequest"]) == ["qubo", "terms"]
    assert "Exactly one of these must be there: qubo , terms ." in text_of(page)


def test_the_limits_of_every_tier_are_shown(page):
    text = text_of(page)

    for tier in definition("tiers").values():
        assert tier["label"] in text
        assert f"{tier['quota']['limit']:,}" in text
        assert f" {tier['max_variables']} " in text


def test_every_problem_that_a_call_can_meet_is_linked(client, page):
    linked = set(re.findall(rf'href="{reverse("api_problems")}#(\w+)"', page))

    assert linked == {code for route in ROUTES for code, _ in problems_of(route)}


@pytest.mark.parametrize("code", PROBLEMS)
def test_the_type_of_a_problem_is_the_address_that_explains_it(client, code):
    address, _, fragment = (definition("problems")["types"] + code).partition("#")

    answer = client.get(address)

    html = answer.content.decode()
    assert answer.status_code == 200
    assert f'id="{fragment}"' in html
    assert PROBLEMS[code]["title"] in html
    assert PROBLEMS[code]["advice"] in html


def test_whoever_sends_a_key_that_is_off_reads_that_a_closed_access_switches_it_off(client):
    page = client.get(reverse("api_problems")).content.decode()

    assert "The key of an access that was closed is switched off" in page


def test_the_stages_addresses_are_filled_in(page):
    assert f"{settings.API_URL}/v1/solve" in page
    assert settings.IDENTITY_URL in page
    assert settings.USER_POOL_CLIENT_ID in page


@pytest.mark.parametrize("path", ["/", "/docs/api/problems", "/signup/"])
def test_the_reference_is_linked_from_every_public_page(client, path):
    assert f'href="{reverse("api_reference")}"' in client.get(path).content.decode()


def test_a_stranger_sees_an_address_to_replace(page):
    assert "EMAIL=you@example.com" in page
    assert "Your account" not in page


@pytest.mark.django_db(transaction=True)
def test_who_is_signed_in_sees_their_own_address(client, make_tenant):
    from django.utils import timezone

    from tenants.account import sessions

    member = make_tenant().members.get()
    session = client.session
    session[sessions.MARK] = {
        "member": member.pk,
        "since": timezone.now().isoformat(),
        "seen": timezone.now().isoformat(),
    }
    session.save()

    answer = client.get("/docs/api/")

    assert "EMAIL=alice@example.com" in answer.content.decode()
    assert "Your account" in answer.content.decode()
    assert "private" in answer["Cache-Control"]


def test_the_pages_can_be_asked_for_their_head_and_not_posted_to(client):
    for name in ("api_reference", "api_problems"):
        assert client.head(reverse(name)).status_code == 200
        assert client.post(reverse(name)).status_code == 405


@pytest.fixture
def run(cloud, tmp_path):
    """Run a program as a customer would, with a token and a key in the environment."""
    import boto3

    pool = {"UserPoolId": cloud.addresses.user_pool_id, "Username": "alice@example.com"}
    cognito, gateway = boto3.client("cognito-idp"), boto3.client("apigateway")
    user = cognito.admin_create_user(
        **pool,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "custom:tenant_id", "Value": "tenant-1"}],
    )["User"]
    cognito.admin_set_user_password(**pool, Password="Correct-horse-7-battery", Permanent=True)
    plan = gateway.get_usage_plans()["items"][0]["id"]
    key = gateway.create_api_key(name="key", enabled=True)
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    write_access(AccessItem(key["id"], "tenant-1", "open", "free", "", "grant:1"))
    write_permission(
        PermissionItem(user["Username"], "tenant-1", "owner", ("me", "solve"), (), "free", "open")
    )
    tokens = cognito.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=cloud.addresses.client_id,
        AuthParameters={
            "USERNAME": "alice@example.com",
            "PASSWORD": "Correct-horse-7-battery",
        },
    )["AuthenticationResult"]
    environment = {**os.environ, "ID_TOKEN": tokens["IdToken"], "API_KEY": key["value"]}

    def run(command, file_name, code):
        file = tmp_path / file_name
        file.write_text(code)
        return subprocess.run(
            [*command, file], env=environment, capture_output=True, text=True, timeout=60
        )

    return run


PROGRAMS = {
    "curl": (["bash"], "call.sh"),
    "python": ([sys.executable], "call.py"),
    "javascript": (["node"], "call.mjs"),
}


@pytest.mark.parametrize("language", PROGRAMS)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route["path"])
def test_an_example_runs_as_it_stands(run, cloud, language, route):
    command, file_name = PROGRAMS[language]
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    examples = {example.language: example for example in examples_of(route, cloud.addresses.api)}

    done = run(command, file_name, examples[language].code)

    assert done.returncode == 0, done.stderr
    for name in definition("api")["models"][route["answer"]["model"]]["required"]:
        assert name in done.stdout


def test_json_is_written_with_as_much_in_a_line_as_fits():
    value = {"matrix": [[0] * 20] * 3, "seed": 1}

    text = pretty(value)

    assert json.loads(text) == value
    assert max(len(line) for line in text.splitlines()) <= 76
    assert len(text.splitlines()) == 8


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": ["integer", "null"]}, "whole number or null"),
        ({"type": "array", "items": {"type": "number"}}, "list of numbers"),
        (
            {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
            "list of lists of whole numbers",
        ),
        (
            {"type": "object", "additionalProperties": {"type": "number"}},
            "dictionary of numbers",
        ),
        ({"type": "object"}, "object"),
        ({"type": "object", "additionalProperties": False}, "object"),
    ],
)
def test_what_a_value_is_in_words(schema, words):
    assert kind_of(schema) == words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"minimum": 0, "maximum": 4294967295}, ["0 to 4294967295"]),
        ({"minItems": 1}, ["at least 1 entries"]),
        ({"maxLength": 257}, ["at most 257 characters"]),
        ({"minItems": 3, "maxItems": 3}, ["3 entries"]),
        ({"enum": ["a", "b"]}, ["one of a, b"]),
        (
            {"pattern": "^x$", "minProperties": 1, "maxProperties": 9},
            ["1 to 9 names", "matches ^x$"],
        ),
        ({}, []),
    ],
)
def test_what_bounds_a_value_in_words(schema, words):
    assert list(limits_of(schema)) == words


def test_a_field_inside_of_another_names_the_way_to_it():
    names = [field.name for field in fields_of(definition("api")["models"]["Problem"])]

    assert {"errors", "errors[].detail", "errors[].pointer"} <= set(names)


def test_who_is_not_helped_by_the_advice_is_told_what_to_quote(client):
    page = client.get(reverse("api_problems")).content.decode()

    assert "quote the <code>request_id</code> of the answer" in page
