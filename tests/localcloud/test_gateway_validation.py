"""Bodies that the gateway refuses, with a reason that a person can act on."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests


@pytest.fixture
def post(call, token, make_key):
    key = make_key().value

    def post(body, content_type="application/json"):
        headers = {"Content-Type": content_type}
        return call("POST", "/v1/solve", token=token, key=key, data=body, headers=headers)

    return post


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "instance failed to match exactly one schema (matched 0 out of 2)"),
        ({"qubo": [[1]], "terms": [[0, 0, 1]]}, "exactly one schema (matched 2 out of 2)"),
        ({"qubo": [[1]], "x": 1}, 'properties which are not allowed by the schema: ["x"]'),
        ({"qubo": []}, "array is too short: must have at least 1 elements"),
        ({"qubo": [[1]] * 257}, "array is too long: must have at most 256 elements"),
        ({"qubo": [["1"]]}, "instance type (string) does not match any allowed primitive type"),
        ({"qubo": [[True]]}, "instance type (boolean)"),
        ({"qubo": {"a,b": "1"}}, "instance type (string)"),
        ({"qubo": {}}, "object has too few properties"),
        ({"terms": [[0, 1]]}, "array is too short: must have at least 3 elements"),
        ({"qubo": [[None]]}, "instance type (null)"),
        ({"qubo": [[1]], "seed": -1}, "lower than the required minimum (minimum: 0)"),
        ({"qubo": [[1]], "seed": 2**32}, "greater than the required maximum"),
        ({"qubo": [[1]], "seed": 1.5}, "instance type (number)"),
        ([], "instance type (array)"),
    ],
)
def test_the_reason_says_what_is_wrong(post, echo, body, reason):
    response = post(json.dumps(body))

    assert response.status_code == 400
    assert response.json()["code"] == "body_invalid"
    assert reason in response.json()["reason"]
    assert response.json()["errors"] == [{"detail": response.json()["reason"]}]
    assert echo == []


def test_the_reason_says_where(post, echo):
    assert "at /qubo/1/0" in post('{"qubo": [[1, 2], ["x", 3]]}').json()["reason"]


@pytest.mark.parametrize("body", ["", "{", "not json", "[" * 100_000])
def test_a_body_that_is_not_json_is_refused(post, echo, body):
    response = post(body)

    assert response.status_code == 400
    assert "not valid JSON" in response.json()["reason"]


def test_a_body_that_fits_the_model_gets_through(post, echo):
    response = post('{"qubo": [[1, -2.5], [0, 3e5]], "seed": 4294967295}')

    assert response.status_code == 200
    assert len(echo) == 1


def test_a_content_type_without_a_model_gets_through_as_it_does_on_aws(post, echo):
    assert post("anything", content_type="text/plain").status_code == 200


def test_a_required_parameter_is_missed(call, token, make_key, gateway, echo):
    (api,) = gateway.get_rest_apis()["items"]
    resources = gateway.get_resources(restApiId=api["id"])["items"]
    (me,) = [resource for resource in resources if resource["path"] == "/v1/me"]
    method = {"restApiId": api["id"], "resourceId": me["id"], "httpMethod": "GET"}
    before, integration = gateway.get_method(**method), gateway.get_integration(**method)
    gateway.put_method(
        **method,
        authorizationType="NONE",
        apiKeyRequired=True,
        requestValidatorId=before["requestValidatorId"],
        requestParameters={"method.request.querystring.page": True},
    )
    gateway.put_integration(
        **method, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration["uri"]
    )
    key = make_key().value

    without, given = call(key=key), call(key=key, params={"page": "1"})

    assert (without.status_code, given.status_code) == (400, 200)
    assert without.json()["reason"] == "Missing required request parameters: [page]"


@pytest.fixture
def put_solve(gateway):
    """Put the method POST /v1/solve anew: open to all, with other models or parameters."""
    (api,) = gateway.get_rest_apis()["items"]
    resources = gateway.get_resources(restApiId=api["id"])["items"]
    (solve,) = [resource for resource in resources if resource["path"] == "/v1/solve"]
    method = {"restApiId": api["id"], "resourceId": solve["id"], "httpMethod": "POST"}
    before, integration = gateway.get_method(**method), gateway.get_integration(**method)

    def put(**changes):
        gateway.put_method(
            **method,
            authorizationType="NONE",
            apiKeyRequired=False,
            requestValidatorId=before["requestValidatorId"],
            **changes,
        )
        gateway.put_integration(
            **method, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration["uri"]
        )

    return put


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "text/plain", "a/b"]
)
def test_a_model_for_every_type_checks_every_type(call, put_solve, echo, content_type):
    put_solve(requestModels={"$default": "SolveRequest"})

    headers = {"Content-Type": content_type}
    wrong = call("POST", "/v1/solve", data=b"{}", headers=headers)
    right = call("POST", "/v1/solve", data=b'{"qubo": [[1]]}', headers=headers)

    assert (wrong.status_code, right.status_code) == (400, 200)


def test_a_body_without_a_type_is_taken_for_json(cloud, put_solve, echo):
    put_solve(requestModels={"application/json": "SolveRequest"})
    address = urlsplit(cloud.addresses.api)
    connection = HTTPConnection(address.hostname, address.port, timeout=10)

    connection.request("POST", f"{address.path}/v1/solve", body=b"{}")

    assert connection.getresponse().status == 400
    connection.close()


@pytest.mark.parametrize(
    ("given", "status"), [({}, 400), ({"page": ""}, 400), ({"page": "1"}, 200)]
)
def test_a_required_parameter_that_is_blank_is_missing(call, put_solve, echo, given, status):
    put_solve(requestParameters={"method.request.querystring.page": True})

    assert call("POST", "/v1/solve", params=given).status_code == status


def test_a_required_header_is_missed_by_its_name(call, put_solve, echo):
    put_solve(requestParameters={"method.request.header.X-Wanted": True})

    response = call("POST", "/v1/solve")

    assert response.json()["code"] == "parameter_missing"
    assert response.json()["errors"] == [
        {"detail": "Missing required request parameters: [X-Wanted]"}
    ]
    assert call("POST", "/v1/solve", headers={"x-wanted": "1"}).status_code == 200


def test_a_parameter_that_may_be_left_out_is_not_missed(call, put_solve, echo):
    put_solve(requestParameters={"method.request.header.X-Wanted": False})

    assert call("POST", "/v1/solve").status_code == 200


def test_a_body_sent_in_pieces_has_the_same_limit(cloud, put_solve, echo):
    put_solve()

    def post(megabytes):
        pieces = (b" " * 2**20 for _ in range(megabytes))
        return requests.post(f"{cloud.addresses.api}/v1/solve", data=pieces, timeout=30)

    assert [post(10).status_code, post(11).status_code] == [200, 413]
