"""What the gateway says itself: problem details of ours, and API Gateway's own words without them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import time

import jwt
import pytest

from adapters.definitions import definition

CORS = definition("api")["cors"]


@pytest.fixture
def refuse(call, token, make_key, make_plan, run_function):
    """Bring about a refusal of the gateway, by the type that AWS calls it."""
    run_function("api", lambda event, context: {"statusCode": 200, "body": "{}"})

    def used_up(**limits):
        key = make_key(make_plan(**limits)).value
        call(token=token, key=key)
        return call(token=token, key=key)

    def post(body, key):
        headers = {"Content-Type": "application/json"}
        return call("POST", "/v1/solve", token=token, key=key, data=body, headers=headers)

    def broken():
        run_function("api", lambda event, context: None)
        return call(token=token, key=make_key().value)

    ways = {
        "UNAUTHORIZED": lambda: call(key=make_key().value),
        "INVALID_API_KEY": lambda: call(token=token),
        "THROTTLED": lambda: used_up(throttle={"rateLimit": 0.1, "burstLimit": 1}),
        "QUOTA_EXCEEDED": lambda: used_up(quota={"limit": 1, "period": "DAY"}),
        "BAD_REQUEST_BODY": lambda: post(b'{"qubo": "x"}', make_key().value),
        "REQUEST_TOO_LARGE": lambda: post(b" " * (10 * 1024 * 1024 + 1), make_key().value),
        "MISSING_AUTHENTICATION_TOKEN": lambda: call(path="/v1/nothing"),
        "DEFAULT_5XX": broken,
    }
    return lambda kind: ways[kind]()


@pytest.fixture
def as_aws_has_it(gateway):
    """Take our definitions of what the gateway answers away."""
    (api,) = gateway.get_rest_apis()["items"]
    for kind in definition("api")["gateway_responses"]:
        gateway.delete_gateway_response(restApiId=api["id"], responseType=kind)


OURS = {
    "UNAUTHORIZED": (401, "token_invalid"),
    "INVALID_API_KEY": (403, "key_invalid"),
    "THROTTLED": (429, "too_many_calls"),
    "QUOTA_EXCEEDED": (429, "quota_used_up"),
    "BAD_REQUEST_BODY": (400, "body_invalid"),
    "REQUEST_TOO_LARGE": (413, "body_too_large"),
    "MISSING_AUTHENTICATION_TOKEN": (404, "not_found"),
    "DEFAULT_5XX": (500, "broken"),
}


@pytest.mark.parametrize("kind", OURS)
def test_a_refusal_is_a_problem_detail_of_rfc_9457(refuse, kind):
    response = refuse(kind)

    status, code = OURS[kind]
    known = definition("problems")
    body = response.json()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["type"] == known["types"] + code
    assert body["title"] == known["problems"][code]["title"]
    assert body["detail"] == body["message"] == detail_of(kind)
    assert body["request_id"] == response.headers["x-amz-apigw-id"]


def detail_of(kind):
    return definition("api")["gateway_responses"][kind]["detail"]


@pytest.mark.parametrize("kind", OURS)
def test_a_browser_may_read_every_refusal(refuse, kind):
    headers = refuse(kind).headers

    assert headers["Access-Control-Allow-Origin"] == CORS["allow_origin"]
    assert headers["Access-Control-Expose-Headers"] == CORS["expose_headers"]
    assert set(CORS["expose_headers"].split(",")) >= {"Retry-After", "x-amzn-RequestId"}


def test_a_refusal_says_which_token_and_when_to_come_back(refuse):
    assert refuse("UNAUTHORIZED").headers["WWW-Authenticate"] == "Bearer"
    assert refuse("THROTTLED").headers["Retry-After"] == "1"


AWS = {
    "UNAUTHORIZED": (401, "Unauthorized", "UnauthorizedException"),
    "INVALID_API_KEY": (403, "Forbidden", "ForbiddenException"),
    "THROTTLED": (429, "Too Many Requests", "TooManyRequestsException"),
    "QUOTA_EXCEEDED": (429, "Limit Exceeded", "LimitExceededException"),
    "BAD_REQUEST_BODY": (400, "Invalid request body", "BadRequestException"),
    "REQUEST_TOO_LARGE": (
        413,
        "HTTP content length exceeded 10485760 bytes.",
        "RequestTooLargeException",
    ),
    "MISSING_AUTHENTICATION_TOKEN": (
        403,
        "Missing Authentication Token",
        "MissingAuthenticationTokenException",
    ),
    "DEFAULT_5XX": (502, "Internal server error", "InternalServerErrorException"),
}


@pytest.mark.parametrize("kind", AWS)
def test_without_a_definition_it_is_api_gateways_own_word(refuse, as_aws_has_it, kind):
    response = refuse(kind)

    status, message, error = AWS[kind]
    assert (response.status_code, response.json()) == (status, {"message": message})
    assert response.headers["x-amzn-ErrorType"] == error
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["x-amzn-RequestId"]
    assert response.headers["x-amz-apigw-id"]
    for ours in ("Access-Control-Allow-Origin", "Retry-After", "WWW-Authenticate"):
        assert ours not in response.headers


def test_an_expired_token_is_told_so_by_api_gateway(call, token, cloud, make_key, as_aws_has_it):
    from moto.cognitoidp.models import cognitoidp_backends

    pools = cognitoidp_backends["123456789012"]["eu-central-1"].user_pools
    pem = pools[cloud.addresses.user_pool_id].json_web_key.as_pem(private=True)
    claims = jwt.decode(token, options={"verify_signature": False})
    expired = jwt.encode(claims | {"exp": int(time.time()) - 1}, pem, algorithm="RS256")

    response = call(token=expired, key=make_key().value)

    assert response.status_code == 401
    assert response.json() == {"message": "The incoming token has expired"}


def test_the_rest_of_a_status_is_answered_as_the_default_of_it_is_defined(
    gateway, call, as_aws_has_it
):
    (api,) = gateway.get_rest_apis()["items"]
    gateway.put_gateway_response(
        restApiId=api["id"],
        responseType="DEFAULT_4XX",
        statusCode="418",
        responseParameters={"gatewayresponse.header.X-Kind": "'rest'"},
        responseTemplates={"application/json": '{"kind":"$context.error.responseType"}'},
    )

    response = call()

    assert (response.status_code, response.json()) == (418, {"kind": "UNAUTHORIZED"})
    assert response.headers["X-Kind"] == "rest"


def test_a_template_knows_nothing_but_its_variables(gateway, call):
    (api,) = gateway.get_rest_apis()["items"]
    template = '{"stage":"$context.stage","other":"$context.nothing","text":"$input.body"}'
    gateway.put_gateway_response(
        restApiId=api["id"],
        responseType="UNAUTHORIZED",
        responseTemplates={"application/json": template},
    )

    assert call().json() == {"stage": "local", "other": "", "text": "$input.body"}
