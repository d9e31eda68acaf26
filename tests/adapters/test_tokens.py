"""Good tokens are taken, and who they are about is told. Bad ones: test_forged_tokens.py."""

import time

import pytest

from adapters import tokens
from adapters.errors import TryLater
from adapters.tokens import Pool, TokenRefused, verified_access_token, verified_id_token
from tests.tokens import access_token, id_token

PASSWORD = "Correct-horse-7-battery"


@pytest.fixture
def pool(cloud):
    return Pool(cloud.addresses.user_pool_id, cloud.addresses.client_id)


@pytest.fixture(autouse=True)
def _without_keys():
    tokens._keys_at.cache_clear()


def test_both_tokens_of_a_real_sign_in_are_taken(cloud, pool):
    from adapters import user_pool
    from adapters.aws import client

    user = user_pool.create_user(pool.pool_id, email="alice@example.com", tenant_id="tenant-1")
    user_pool.set_password(pool.pool_id, user.user_id, PASSWORD)
    given = client("cognito-idp").initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice@example.com", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]

    assert verified_id_token(given["IdToken"], pool).user_id == user.user_id
    assert verified_access_token(given["AccessToken"], pool).user_id == user.user_id


def test_the_claims_are_told(pool):
    now = int(time.time())

    claims = verified_id_token(id_token(tenant_id="tenant-1", exp=now + 60), pool)

    assert (claims.user_id, claims.expires_at) == ("sub-1", now + 60)
    assert (claims.text("tenant_id"), claims.text("role")) == ("tenant-1", "")


def test_a_claim_that_is_no_text_says_nothing(pool):
    assert verified_id_token(id_token(permissions=["solve"]), pool).text("permissions") == ""


def test_what_is_told_is_not_shown_by_accident(pool):
    assert "alice" not in repr(verified_id_token(id_token(), pool))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": -9},
        {"iat": 9},
        {"nbf": 9},
        {"nbf": -60},
        {"iat": 0, "exp": 86_400},
    ],
)
def test_clocks_may_differ_by_seconds(pool, claims):
    now = int(time.time())
    moments = {"iat": now - 60, "exp": now + 60}
    moments |= {name: now + seconds for name, seconds in claims.items()}

    assert verified_id_token(id_token(**moments), pool).user_id == "sub-1"


def test_each_kind_is_taken_where_it_is_asked_for_and_nowhere_else(pool):
    for token, wrong in ((id_token(), verified_access_token), (access_token(), verified_id_token)):
        with pytest.raises(TokenRefused):
            wrong(token, pool)


def test_a_refusal_has_a_code_and_a_sentence_and_quotes_nothing(pool):
    with pytest.raises(TokenRefused) as caught:
        verified_id_token(id_token(iss="https://attacker.example"), pool)

    assert (caught.value.code, caught.value.sentence) == (
        "issuer",
        "This token is of another user pool.",
    )
    assert "attacker" not in str(caught.value)


def test_without_the_keys_of_the_pool_it_says_try_later(pool, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises(TryLater):
        verified_id_token(id_token(), pool)


def test_on_aws_the_keys_come_from_the_region_of_the_pool(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    assert (
        tokens.keys_of("eu-central-1_abc")._address
        == "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc/.well-known/jwks.json"
    )
