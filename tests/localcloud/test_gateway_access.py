"""Who gets through the gateway: a valid ID token, then a live key on a plan of the stage."""

import time

import boto3
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.rights import AccessItem, write_access
from tests.forged_tokens import forged_tokens
from tests.tokens import id_token


def test_a_customer_with_token_and_key_gets_through(call, token, make_key, echo):
    response = call(token=token, key=make_key().value)

    assert response.status_code == 200
    assert len(echo) == 1


def test_the_token_may_come_as_a_bearer_token(call, token, make_key, echo):
    assert call(token=f"Bearer {token}", key=make_key().value).status_code == 200


@pytest.mark.parametrize("given", ["", "Bearer", "not a token", "Bearer a.b.c"])
def test_without_a_token_nobody_gets_through(call, make_key, echo, given):
    response = call(token=given, key=make_key().value)

    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert echo == []


def test_an_access_token_is_not_an_id_token(call, make_customer, log_in, make_key, echo):
    make_customer()

    response = call(token=log_in()["AccessToken"], key=make_key().value)

    assert response.status_code == 401


def forged(token, key=None, **claims):
    """Return the token with other claims, signed with the key or one of a stranger."""
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    old = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(old | claims, key, algorithm="RS256")


def test_a_token_signed_by_a_stranger_is_refused(call, token, make_key, echo):
    assert call(token=forged(token), key=make_key().value).status_code == 401


def test_a_token_without_a_signature_is_refused(call, token, make_key, echo):
    claims = jwt.decode(token, options={"verify_signature": False})
    unsigned = jwt.encode(claims, None, algorithm="none")

    assert call(token=unsigned, key=make_key().value).status_code == 401


@pytest.fixture
def pool_key(cloud):
    """The private key that signs the tokens of the pool."""
    from moto.cognitoidp.models import cognitoidp_backends

    pools = cognitoidp_backends["123456789012"]["eu-central-1"].user_pools
    return pools[cloud.addresses.user_pool_id].json_web_key.as_pem(private=True)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 1},
        {"iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_other"},
        {"aud": "another-client"},
        {"token_use": "access"},
    ],
)
def test_a_token_of_another_time_or_place_is_refused(call, token, make_key, echo, pool_key, claims):
    key = make_key().value
    assert call(token=forged(token, pool_key), key=key).status_code == 200

    assert call(token=forged(token, pool_key, **claims), key=key).status_code == 401


@pytest.mark.parametrize("key", ["", "unknown-key-unknown-key"])
def test_without_a_known_key_nobody_gets_through(call, token, make_key, echo, key):
    make_key()

    response = call(token=token, key=key)

    assert (response.status_code, response.json()["code"]) == (403, "key_invalid")
    assert echo == []


def test_the_token_is_looked_at_before_the_key(call, echo):
    assert call().status_code == 401


def test_a_disabled_key_is_refused(call, token, make_key, gateway, echo):
    key = make_key()
    disable = [{"op": "replace", "path": "/enabled", "value": "false"}]

    gateway.update_api_key(apiKey=key.id, patchOperations=disable)

    assert call(token=token, key=key.value).status_code == 403


def test_a_key_on_no_plan_is_refused(call, token, make_key, gateway, echo):
    key = make_key()

    gateway.delete_usage_plan_key(usagePlanId=key.plan_id, keyId=key.id)

    assert call(token=token, key=key.value).status_code == 403


def test_a_key_on_a_plan_of_another_stage_is_refused(call, token, make_key, gateway, echo):
    elsewhere = gateway.create_usage_plan(name="elsewhere")["id"]

    assert call(token=token, key=make_key(elsewhere).value).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/nothing"), ("DELETE", "/v1/me"), ("GET", "/")]
)
def test_there_is_nothing_elsewhere(call, token, make_key, method, path):
    response = call(method, path, token=token, key=make_key().value)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_another_stage_is_nowhere(cloud, token, call):
    response = call(path="/../other/v1/me", token=token)

    assert response.status_code == 403
    assert response.json() == {"message": "Missing Authentication Token"}


def test_the_document_of_the_api_is_open_to_everybody(call):
    response = call(path="/v1/openapi.json")

    assert (response.status_code, response.json()["openapi"]) == (200, "3.1.0")


@pytest.fixture
def open_me(gateway):
    """Deploy GET /v1/me as somebody would who forgot its authorizer."""
    (api,) = gateway.get_rest_apis()["items"]
    resources = gateway.get_resources(restApiId=api["id"])["items"]
    (me,) = [resource for resource in resources if resource["path"] == "/v1/me"]
    method = {"restApiId": api["id"], "resourceId": me["id"], "httpMethod": "GET"}
    integration = gateway.get_integration(**method)
    gateway.put_method(**method, authorizationType="NONE", apiKeyRequired=True)
    gateway.put_integration(
        **method, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration["uri"]
    )


def test_a_method_deployed_without_an_authorizer_is_open(call, make_key, echo, open_me):
    assert call(key=make_key().value).status_code == 200


def test_behind_such_a_method_the_function_refuses_what_the_gateway_let_through(
    call, make_key, open_me, record_property
):
    key = make_key()
    write_access(AccessItem(key.id, "tenant-1", "open", "free", "", "grant:1"))
    good = id_token(tenant_id="tenant-1", permissions="me")
    # What fits into a header; the others are shown to the function itself.
    sent = {
        name: token
        for name, token in forged_tokens().items()
        if len(token) < 16_000 and token.isascii()
    }

    refused = {name: call(token=token, key=key.value) for name, token in sent.items()}

    wrong = {n: r.status_code for n, r in refused.items() if r.status_code != 401}
    assert wrong == {}
    assert {r.json()["code"] for r in refused.values()} == {"token_invalid"}
    assert call(token=good, key=key.value).json()["email"] == "alice@example.com"
    assert call(key=key.value).status_code == 401
    record_property("figures", f"{len(sent)} forged or damaged tokens past the gateway: 0 in")


def test_forged_and_damaged_tokens_do_not_pass_the_gateway_as_it_is(
    call, make_key, record_property
):
    """What the gateway's own check takes, the function refuses."""
    key = make_key()
    write_access(AccessItem(key.id, "tenant-1", "open", "free", "", "grant:1"))
    sent = {n: t for n, t in forged_tokens().items() if len(t) < 16_000 and t.isascii()}

    answers = {name: call(token=token, key=key.value) for name, token in sent.items()}

    assert {n: r.status_code for n, r in answers.items() if r.status_code != 401} == {}
    assert {r.json()["code"] for r in answers.values()} == {"token_invalid"}
    record_property("figures", f"{len(sent)} forged or damaged tokens at the whole API: 0 in")


def test_a_token_of_a_pool_made_here_is_not_enough(call, make_key, echo):
    cognito = boto3.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="other", UsernameAttributes=["email"])["UserPool"]
    client = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="other")
    client_id = client["UserPoolClient"]["ClientId"]
    user = {"UserPoolId": pool["Id"], "Username": "alice@example.com"}
    cognito.admin_create_user(**user, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**user, Password="Correct-horse-7-battery", Permanent=True)
    tokens = cognito.admin_initiate_auth(
        UserPoolId=pool["Id"],
        ClientId=client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice@example.com", "PASSWORD": "Correct-horse-7-battery"},
    )["AuthenticationResult"]

    assert call(token=tokens["IdToken"], key=make_key().value).status_code == 401
