"""Logins as Cognito answers them."""

import json

import jwt
import pytest
import requests

from tests.localcloud.conftest import PASSWORD


@pytest.fixture
def user(cloud, make_customer):
    return {"UserPoolId": cloud.addresses.user_pool_id, "Username": make_customer().email}


@pytest.fixture
def refresh(cloud, cognito):
    def refresh(token):
        return cognito.initiate_auth(
            AuthFlow="REFRESH_TOKEN_AUTH",
            ClientId=cloud.addresses.client_id,
            AuthParameters={"REFRESH_TOKEN": token},
        )["AuthenticationResult"]

    return refresh


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def test_a_customer_logs_in_without_a_signature(cloud, make_customer):
    customer = make_customer()

    response = requests.post(
        cloud.addresses.aws,
        headers={
            "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
            "Content-Type": "application/x-amz-json-1.1",
        },
        data=json.dumps(
            {
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": cloud.addresses.client_id,
                "AuthParameters": {"USERNAME": customer.email, "PASSWORD": PASSWORD},
            }
        ),
        timeout=10,
    )

    assert response.status_code == 200
    assert claims_of(response.json()["AuthenticationResult"]["IdToken"])["sub"] == customer.sub


def test_the_id_token_can_be_verified_with_the_published_keys(cloud, token):
    addresses = cloud.addresses
    keys = jwt.PyJWKClient(f"{addresses.aws}/{addresses.user_pool_id}/.well-known/jwks.json")

    claims = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token).key,
        algorithms=["RS256"],
        audience=addresses.client_id,
        issuer=f"https://cognito-idp.eu-central-1.amazonaws.com/{addresses.user_pool_id}",
    )

    assert claims["token_use"] == "id"
    assert claims["exp"] - claims["iat"] == 3600


def test_the_id_token_names_the_customer(make_customer, log_in):
    customer = make_customer("Alice@example.com")

    claims = claims_of(log_in("ALICE@EXAMPLE.COM")["IdToken"])

    assert claims["sub"] == claims["cognito:username"] == customer.sub
    assert claims["email"] == "Alice@example.com"
    assert claims["email_verified"] is True
    assert claims["custom:tenant_id"] == "tenant-1"


def test_a_wrong_password_is_refused(cognito, user, log_in):
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="Incorrect username or"):
        log_in(password="Wrong-horse-7-battery")


def test_an_unknown_address_is_refused_as_a_wrong_password(cognito, log_in):
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="Incorrect username or"):
        log_in("nobody@example.com")


def test_a_disabled_customer_cannot_log_in(cognito, user, log_in):
    cognito.admin_disable_user(**user)

    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="disabled"):
        log_in()


def test_a_disabled_customer_cannot_refresh(cognito, user, log_in, refresh):
    tokens = log_in()
    cognito.admin_disable_user(**user)

    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="disabled"):
        refresh(tokens["RefreshToken"])


def test_a_refresh_gives_new_tokens(user, log_in, refresh):
    tokens = log_in()

    fresh = refresh(tokens["RefreshToken"])

    assert claims_of(fresh["IdToken"])["sub"] == claims_of(tokens["IdToken"])["sub"]
    assert fresh["IdToken"] != tokens["IdToken"]


@pytest.mark.parametrize("name", ["alice@example.com", "ALICE@example.com"])
def test_a_global_sign_out_withdraws_the_refresh_token(cognito, user, log_in, refresh, name):
    tokens = log_in("Alice@Example.com")

    cognito.admin_user_global_sign_out(**user | {"Username": name})

    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        refresh(tokens["RefreshToken"])
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.get_user(AccessToken=tokens["AccessToken"])


def test_a_global_sign_out_leaves_others_alone(cognito, user, make_customer, log_in, refresh):
    make_customer("bob@example.com")
    tokens = log_in("bob@example.com")

    cognito.admin_user_global_sign_out(**user)

    assert refresh(tokens["RefreshToken"])


def test_a_revoked_token_is_worth_nothing(cloud, cognito, user, log_in, refresh):
    token = log_in()["RefreshToken"]

    cognito.revoke_token(Token=token, ClientId=cloud.addresses.client_id)

    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        refresh(token)


def test_a_customer_whose_password_was_reset_cannot_log_in(cognito, user, log_in):
    cognito.admin_reset_user_password(**user)

    with pytest.raises(cognito.exceptions.PasswordResetRequiredException):
        log_in()


@pytest.fixture
def challenge(cloud, cognito, user, log_in):
    """A login with a temporary password, which has to be replaced."""
    cognito.admin_set_user_password(**user, Password="Temporary-1-pass", Permanent=False)
    return log_in(password="Temporary-1-pass")


def answer(cloud, cognito, challenge, username):
    return cognito.respond_to_auth_challenge(
        ClientId=cloud.addresses.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": username, "NEW_PASSWORD": "Brand-new-7-password"},
    )


def test_a_temporary_password_is_replaced_at_the_first_login(cloud, cognito, challenge, log_in):
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"

    answer(cloud, cognito, challenge, challenge["ChallengeParameters"]["USERNAME"])

    assert log_in(password="Brand-new-7-password")["IdToken"]


def test_a_challenge_says_whom_it_is_for(cognito, user, challenge):
    sub = cognito.admin_get_user(**user)["Username"]

    assert challenge["ChallengeParameters"]["USER_ID_FOR_SRP"] == sub


def test_a_session_cannot_set_the_password_of_another(
    cloud, cognito, challenge, make_customer, log_in
):
    make_customer("bob@example.com")

    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        answer(cloud, cognito, challenge, "bob@example.com")

    assert log_in("bob@example.com")["IdToken"]


def test_a_challenge_of_ones_own_needs_functions_that_define_it(cloud, cognito, make_customer):
    """user-pool-lambda-challenge.html"""
    make_customer()

    with pytest.raises(cognito.exceptions.InvalidParameterException, match="not configured"):
        cognito.initiate_auth(
            AuthFlow="CUSTOM_AUTH",
            ClientId=cloud.addresses.client_id,
            AuthParameters={"USERNAME": "alice@example.com"},
        )
