"""What a browser asks the gateway first, and methods and paths that are nearly right.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

import pytest

from adapters.definitions import definition

ROUTES = definition("api")["routes"]
CORS = definition("api")["cors"]
ASKING = {
    "Origin": "https://customer.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-api-key",
}


@pytest.mark.parametrize("path", [route["path"] for route in ROUTES])
def test_a_browser_may_ask_first_without_token_or_key(call, echo, path):
    response = call("OPTIONS", path, headers=ASKING)

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Headers"] == CORS["allow_headers"]
    assert response.headers["Access-Control-Allow-Methods"] == "GET,POST,OPTIONS"
    assert response.headers["Access-Control-Max-Age"] == "600"
    assert echo == []


def test_what_a_browser_must_send_is_allowed():
    allowed = CORS["allow_headers"].lower().split(",")

    assert {"authorization", "content-type", "x-api-key"} <= set(allowed)


def test_a_browser_that_asks_for_nothing_that_is_here_is_told_so(call):
    response = call("OPTIONS", "/v1/nothing", headers=ASKING)

    assert response.status_code == 404
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE"])
def test_a_method_that_no_route_has_is_nowhere(call, token, make_key, echo, method):
    """API Gateway makes no HEAD of a GET, and tells a wrong method and a wrong path the same."""
    response = call(method, token=token, key=make_key().value)

    assert response.status_code == 404
    assert response.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    assert echo == []


def test_an_answer_to_head_has_no_body(call):
    response = call("HEAD", "/v1/me")

    assert (response.status_code, response.content) == (404, b"")


def test_a_slash_at_the_end_makes_no_difference(call, token, make_key, echo):
    assert call(path="/v1/me/", token=token, key=make_key().value).status_code == 200
    assert echo[0]["path"] == "/v1/me"


@pytest.mark.parametrize("path", ["/V1/me", "/v1/Me", "/v1", "/v1/me/more", "//v1/me"])
def test_a_path_that_is_nearly_right_is_nowhere(call, token, make_key, echo, path):
    assert call(path=path, token=token, key=make_key().value).status_code == 404
    assert echo == []
