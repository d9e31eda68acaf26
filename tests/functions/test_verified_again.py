"""The function verifies the token that the gateway let through: nothing opens it but a good one."""

import json

import pytest

from adapters import tokens
from adapters.usage import unknown_key
from functions.api import handler
from localcloud.templates import template
from tests.forged_tokens import forged_tokens
from tests.functions.calls import CLAIMS, event, open_key
from tests.functions.test_api import missed, used
from tests.key_sets import key_set
from tests.tokens import access_token, id_token


@pytest.fixture(autouse=True)
def key():
    open_key()


def call(*texts, header="Authorization", request_id="request-1"):
    """Call /v1/me as a gateway without an authorizer would pass it on."""
    sent = event("GET /v1/me", request_id=request_id)
    sent["headers"] = {header: texts[-1]} if texts else {}
    sent["multiValueHeaders"] = {header: list(texts)} if texts else {}
    answer = handler(sent, None)
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


def test_of_the_forged_and_damaged_tokens_none_opens_the_api(record_property):
    forged = forged_tokens()

    answers = {
        name: call(token, request_id=name)[:2] for name, token in forged.items() if token.strip()
    }

    let_in = [name for name, (status, _) in answers.items() if status != 401]
    assert let_in == []
    assert {body["code"] for _, body in answers.values()} == {"token_invalid"}
    assert len(answers) >= 100
    record_property(
        "figures", f"{len(answers)} forged or damaged tokens at the API's function: 0 in"
    )


@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("before", ["", "Bearer ", "  Bearer   "])
def test_a_good_token_opens_it(header, before):
    assert call(before + id_token(**CLAIMS), header=header)[0] == 200


def test_what_the_event_says_of_the_claims_is_not_believed():
    sent = event("GET /v1/me", claims={**CLAIMS, "permissions": ""})
    sent["requestContext"]["authorizer"] = {"claims": CLAIMS}

    assert handler(sent, None)["statusCode"] == 403


@pytest.mark.parametrize("texts", [(), ("",), ("Bearer",), ("Bearer ",)])
def test_without_a_token_it_is_refused_as_the_gateway_does(texts):
    status, body, headers = call(*texts)

    assert (status, body["code"]) == (401, "token_invalid")
    assert headers["WWW-Authenticate"] == "Bearer"
    assert headers["Content-Type"] == "application/problem+json"


def test_of_two_tokens_none_is_taken():
    good = id_token(**CLAIMS)

    assert call(good, good)[0] == 401


def test_an_access_token_is_not_an_id_token():
    claims = {name: CLAIMS[name] for name in ("sub", "tenant_id", "permissions")}

    status, body, _ = call(access_token(**claims))

    assert (status, body["code"]) == (401, "token_invalid")


def test_a_refusal_says_why_and_what_to_do():
    _, body, _ = call(id_token(**CLAIMS, iat=1, exp=3601))

    assert body["detail"] == (
        "This token has expired. Sign in again. Send a valid ID token in the Authorization header."
    )


def test_it_is_counted_on_the_key_as_the_gateway_did():
    call("no token")

    assert missed(unknown_key("key-1")) == [(1, 0)]
    assert used() == []


@pytest.mark.parametrize("name", ["USER_POOL_ID", "USER_POOL_CLIENT_ID"])
@pytest.mark.parametrize("value", ["", None])
def test_a_function_that_knows_no_pool_opens_nothing(monkeypatch, name, value):
    good = id_token(**CLAIMS)
    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)

    assert call(good)[0] == 500


def test_the_deployment_tells_the_function_its_pool():
    function = template("functions")["Resources"]["Api"]["Properties"]

    told = function["Environment"]["Variables"]
    assert told["USER_POOL_ID"] == {"Ref": "UserPoolId"}
    assert told["USER_POOL_CLIENT_ID"] == {"Ref": "UserPoolClientId"}


def test_while_the_keys_cannot_be_had_it_says_try_again(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:1")
    tokens._keys_at.cache_clear()

    status, body, _ = call(id_token(**CLAIMS))

    assert (status, body["code"]) == (503, "try_again")


def test_the_keys_are_fetched_once_for_many_invocations(monkeypatch, cloud):
    from tests.tokens import pool_key

    with key_set() as published:
        published.keys = {"dummy": pool_key()}
        endpoint = published.address.partition("/pool")[0]
        monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", endpoint)

        answers = {call(id_token(**CLAIMS), request_id=str(each))[0] for each in range(20)}

        assert (answers, published.asked) == ({200}, 1)


def test_neither_token_nor_claims_get_into_the_log(capsys):
    for name, token in forged_tokens().items():
        call(token, request_id=name)

    printed = capsys.readouterr().out
    assert not any(word in printed for word in ("eyJ", "alice", "sub-1"))
