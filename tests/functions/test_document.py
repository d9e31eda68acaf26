"""GET /v1/openapi.json: the API describes itself, to whoever asks."""

import json

import pytest

from adapters.openapi import document
from functions.api import handler


def event(**context):
    return {
        "httpMethod": "GET",
        "resource": "/v1/openapi.json",
        "path": "/v1/openapi.json",
        "body": None,
        "requestContext": {
            "requestId": "request-1",
            "domainName": "abc123.execute-api.eu-central-1.amazonaws.com",
            "path": "/staging/v1/openapi.json",
            "identity": {},
            **context,
        },
    }


def test_the_document_is_answered_without_token_or_key():
    answer = handler(event(), None)

    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    server = "https://abc123.execute-api.eu-central-1.amazonaws.com/staging"
    assert json.loads(answer["body"]) == document(server=server)


@pytest.mark.parametrize(
    ("context", "server"),
    [
        (
            {"domainName": "api.gatehouse.example", "path": "/v1/openapi.json"},
            "https://api.gatehouse.example",
        ),
        (
            {"domainName": "api.gatehouse.example", "path": "/opt/v1/openapi.json"},
            "https://api.gatehouse.example/opt",
        ),
    ],
)
def test_on_a_domain_of_its_own_the_document_names_that(context, server):
    body = json.loads(handler(event(**context), None)["body"])

    assert body["servers"] == [{"url": server}]


def test_asking_for_the_document_asks_no_service_of_aws(monkeypatch):
    def unreachable(*_args, **_kwargs):
        raise AssertionError("the document needs no table")

    monkeypatch.setattr("functions.callers.read_access", unreachable)
    monkeypatch.setattr("functions.metering.record_usage", unreachable)

    assert handler(event(), None)["statusCode"] == 200
