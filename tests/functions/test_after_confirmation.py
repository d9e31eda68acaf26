"""The Post Confirmation trigger: told once, told twice, and with each part of AWS away."""

import json
import socket
import time
from types import SimpleNamespace

import boto3
import pytest
from botocore.endpoint import Endpoint
from botocore.exceptions import EndpointConnectionError

from adapters import queues, rights
from adapters.aws import client
from adapters.definitions import name_of
from adapters.domains import DomainItem, write_domain
from adapters.registrations import Registration, place_of, read_message
from adapters.rights import PermissionItem
from functions.after_confirmation import handler

SUB = "0c9b6f0e-6d3f-4f6f-9a53-0d5a4f6f1c11"
ALICE = Registration(SUB, "alice@example.com")


def event(source="PostConfirmation_ConfirmSignUp", email="Alice@example.com"):
    return {
        "version": "1",
        "triggerSource": source,
        "userName": SUB,
        "request": {"userAttributes": {"sub": SUB, "email": email}},
        "response": {},
    }


@pytest.fixture
def messages(cloud):
    """What the portal would take from the queue."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=name_of("registrations"))["QueueUrl"]

    def take():
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [read_message(each["Body"]) for each in answer.get("Messages", [])]

    return take


@pytest.fixture
def away(monkeypatch):
    """Let one service of AWS not answer."""

    def away(*services):
        original = Endpoint.make_request

        def make_request(endpoint, operation, request):
            if operation.service_model.service_name in services:
                raise EndpointConnectionError(endpoint_url=request["url"])
            return original(endpoint, operation, request)

        monkeypatch.setattr(Endpoint, "make_request", make_request)

    return away


def test_the_portal_is_told_and_the_person_has_a_row(messages):
    given = event()

    assert handler(given, None) == event()

    assert messages() == [ALICE]
    row = rights.read_permission(SUB)
    assert row == PermissionItem(SUB, place_of(ALICE).tenant_id, "owner", (), (), "", "lapsed")


def test_told_twice_it_is_the_same_customer(messages):
    handler(event(), None)
    first = rights.read_permission(SUB)
    handler(event(), None)

    assert rights.read_permission(SUB) == first
    assert set(messages()) == {ALICE}


def test_what_the_portal_wrote_meanwhile_stays(messages):
    newer = PermissionItem(SUB, "tenant-1", "owner", ("me",), (), "free", "open")
    rights.write_permission(newer)

    handler(event(), None)

    assert rights.read_permission(SUB) == newer


def test_an_address_of_a_customers_domain_joins_the_customer(messages):
    write_domain(DomainItem("example.com", "tenant-7", "developer"))

    handler(event(), None)

    row = rights.read_permission(SUB)
    assert (row.tenant_id, row.role) == ("tenant-7", "developer")


def test_a_domain_that_lets_nobody_in_by_itself_founds_a_customer(messages):
    write_domain(DomainItem("example.com", "tenant-7", ""))

    handler(event(), None)

    assert rights.read_permission(SUB).role == "owner"


@pytest.mark.parametrize("source", ["PostConfirmation_ConfirmForgotPassword", "Something_New"])
def test_nothing_else_founds_a_customer(messages, source):
    assert handler(event(source), None) == event(source)

    assert messages() == []
    assert rights.read_permission(SUB) is None


def test_without_dynamodb_the_portal_is_told(messages, away, capsys, monkeypatch):
    with monkeypatch.context():
        away("dynamodb")
        assert handler(event(), None) == event()
    monkeypatch.undo()

    assert messages() == [ALICE]
    line = json.loads(capsys.readouterr().out)
    assert (line["metric"], line["lost"]) == ("registrations_untold", "permissions")


def test_without_the_queue_the_row_is_written(away, capsys):
    away("sqs")

    assert handler(event(), None) == event()

    assert rights.read_permission(SUB).state == "lapsed"
    assert json.loads(capsys.readouterr().out)["lost"] == "message"


def test_with_services_that_never_answer_cognito_gets_its_answer_in_time(monkeypatch, capsys):
    """It gives up after five seconds: user-pool-lambda-post-confirmation.html."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for service in ("SQS", "DYNAMODB"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", address)
        client.cache_clear()
        queues.address_of.cache_clear()
        began_at = time.monotonic()
        assert handler(event(), None) == event()
        took = time.monotonic() - began_at
    client.cache_clear()

    assert took < 4.5
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_what_there_is_no_time_for_is_left_to_the_portal(messages, monkeypatch, capsys):
    clock = iter([0.0, 0.0, 3.0])
    monkeypatch.setattr(
        "functions.after_confirmation.time", SimpleNamespace(monotonic=clock.__next__)
    )

    handler(event(), None)

    assert messages() == [ALICE]
    assert rights.read_permission(SUB) is None
    assert "no time was left" in capsys.readouterr().out


def test_an_event_without_an_address_comes_back_as_it_was(messages, capsys):
    damaged = {**event(), "request": {"userAttributes": {}}}

    assert handler(damaged, None) == {**event(), "request": {"userAttributes": {}}}

    assert messages() == []
    assert "KeyError" in capsys.readouterr().out


def test_with_everything_away_the_sign_up_goes_through(away, capsys):
    away("sqs", "dynamodb")

    assert handler(event(), None) == event()

    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 2
    assert "alice" not in printed.casefold()
