"""What a function is handed by the gateway, and what becomes of its answer."""

import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import jwt
import pytest


def is_broken(response):
    return (response.status_code, response.json()["code"]) == (500, "broken")


@pytest.fixture
def answer_with(run_function, call, token, make_key):
    """Call the API with a function that answers this, and return the response."""

    def answer_with(handler, **configuration):
        run_function("api", handler, **configuration)
        return call(token=token, key=make_key().value)

    return answer_with


def test_the_event_tells_the_call(call, token, make_key, echo):
    call(
        "POST",
        "/v1/solve",
        token=token,
        key=make_key().value,
        params={"a": ["1", "2"]},
        json={"qubo": [[1]]},
        headers={"User-Agent": "curl/8"},
    )

    (event,) = echo
    assert event["resource"] == event["path"] == "/v1/solve"
    assert event["httpMethod"] == "POST"
    assert event["queryStringParameters"]["a"] in {"1", "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert event["pathParameters"] is None
    assert event["headers"]["User-Agent"] == "curl/8"
    assert event["multiValueHeaders"]["User-Agent"] == ["curl/8"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"qubo": [[1]]}', False)


def test_the_event_tells_its_context(call, token, make_key, gateway, echo):
    key = make_key()
    (api,) = gateway.get_rest_apis()["items"]
    started = time.time()

    response = call(token=token, key=key.value, headers={"User-Agent": "curl/8"})

    context = echo[0]["requestContext"]
    identity = {"apiKey": key.value, "apiKeyId": key.id}
    assert context["identity"] == identity | {"sourceIp": "127.0.0.1", "userAgent": "curl/8"}
    assert (context["accountId"], context["apiId"]) == ("123456789012", api["id"])
    assert (context["stage"], context["path"]) == ("local", "/local/v1/me")
    assert (context["resourcePath"], context["httpMethod"]) == ("/v1/me", "GET")
    assert context["protocol"] == "HTTP/1.1"
    assert context["requestId"] == response.headers["x-amzn-RequestId"]
    assert abs(context["requestTimeEpoch"] / 1000 - started) < 5
    assert time.strptime(context["requestTime"], "%d/%b/%Y:%H:%M:%S +0000")


def test_the_claims_are_text(call, token, make_key, echo):
    call(token=token, key=make_key().value)

    claims = echo[0]["requestContext"]["authorizer"]["claims"]
    signed = jwt.decode(token, options={"verify_signature": False})
    assert claims.keys() == signed.keys()
    assert claims["sub"] == signed["sub"]
    assert claims["email_verified"] == "true"
    assert all(isinstance(value, str) for value in claims.values())


def test_a_caller_cannot_choose_the_extended_id(call, token, make_key, echo):
    key = make_key().value

    for _ in range(2):
        call(token=token, key=key, headers={"x-amzn-RequestId": "always-the-same"})

    contexts = [event["requestContext"] for event in echo]
    assert {context["requestId"] for context in contexts} == {"always-the-same"}
    assert len({context["extendedRequestId"] for context in contexts}) == 2


def test_a_call_without_body_or_query_has_none(call, token, make_key, echo):
    call(token=token, key=make_key().value)

    assert (echo[0]["body"], echo[0]["queryStringParameters"]) == (None, None)


def test_the_answer_is_passed_on(answer_with):
    response = answer_with(
        lambda event, context: {
            "statusCode": 202,
            "headers": {"X-One": "1"},
            "multiValueHeaders": {"X-Many": ["a", "b"]},
            "body": "accepted",
        }
    )

    assert (response.status_code, response.text) == (202, "accepted")
    assert (response.headers["X-One"], response.headers["X-Many"]) == ("1", "a, b")
    assert response.headers["x-amzn-RequestId"]


def test_a_binary_answer_is_decoded(answer_with):
    response = answer_with(
        lambda event, context: {"statusCode": 200, "body": "AAH/", "isBase64Encoded": True}
    )

    assert response.content == b"\x00\x01\xff"


def test_the_function_sets_its_own_cors_header(answer_with):
    """API Gateway adds none to what a function answers; one that forgets it fails in a browser."""
    response = answer_with(lambda event, context: {"statusCode": 200})

    assert "Access-Control-Allow-Origin" not in response.headers


def test_the_function_knows_its_context(answer_with):
    seen = []

    def handler(event, context):
        seen.append((context.function_name, context.memory_limit_in_mb, context.aws_request_id))
        seen.append(context.get_remaining_time_in_millis())
        return {"statusCode": 200}

    answer_with(handler)

    (name, memory, request_id), remaining = seen
    assert (name, memory) == ("gatehouse-local-api", "1769")
    assert request_id
    assert 28_000 < remaining <= 29_000


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        {},
        {"statusCode": "200"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": "none"},
        {"statusCode": 200, "body": "not base64", "isBase64Encoded": True},
        {"statusCode": 200, "body": {1, 2}},
    ],
)
def test_a_malformed_answer_is_a_fault_of_ours(answer_with, answer):
    response = answer_with(lambda event, context: answer)

    assert is_broken(response)
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_function_that_raises_is_a_fault_of_ours(answer_with, caplog):
    def handler(event, context):
        raise ValueError(event["headers"]["Authorization"])

    response = answer_with(handler)

    assert is_broken(response)
    assert "ValueError" in caplog.text
    assert "eyJ" not in caplog.text


def test_a_function_over_its_own_time_is_a_fault_of_ours(answer_with):
    response = answer_with(lambda event, context: time.sleep(3), Timeout=1)

    assert is_broken(response)


def test_a_function_slower_than_the_gateway_is_a_timeout(gateway, answer_with):
    (api,) = gateway.get_rest_apis()["items"]
    resources = gateway.get_resources(restApiId=api["id"])["items"]
    (me,) = [resource for resource in resources if resource["path"] == "/v1/me"]
    method = {"restApiId": api["id"], "resourceId": me["id"], "httpMethod": "GET"}
    uri = gateway.get_integration(**method)["uri"]
    gateway.put_integration(
        **method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri, timeoutInMillis=100
    )

    response = answer_with(lambda event, context: time.sleep(2))

    assert response.status_code == 504
    assert response.json()["code"] == "took_too_long"


def test_a_connection_serves_many_calls(cloud, token, make_key, echo):
    headers = {"Authorization": token, "x-api-key": make_key().value}
    address = urlsplit(cloud.addresses.api)
    connection = HTTPConnection(address.hostname, address.port, timeout=10)
    connection.connect()
    socket = connection.sock

    for _ in range(3):
        connection.request("GET", f"{address.path}/v1/me", headers=headers)
        response = connection.getresponse()
        response.read()
        assert (response.status, response.version) == (200, 11)

    assert connection.sock is socket
    connection.close()
