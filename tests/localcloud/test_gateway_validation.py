"""Bodies that the gateway refuses, with a reason that a person can act on."""

import json

import pytest


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
