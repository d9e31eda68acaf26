"""Authenticator apps as Cognito documents them.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html
"""

import base64
import time

import pytest

from localcloud import totp

EMPTY_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.fixture
def token(make_customer, log_in):
    make_customer()
    return log_in()["AccessToken"]


@pytest.fixture
def secret(cognito, token):
    """An app that is set up and asked for."""
    secret = cognito.associate_software_token(AccessToken=token)["SecretCode"]
    cognito.verify_software_token(AccessToken=token, UserCode=code(secret, -1))
    cognito.set_user_mfa_preference(
        AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    return secret


def code(secret, away=0):
    return totp.code_at(secret, int(time.time()) // totp.PERIOD + away)


@pytest.fixture
def respond(cloud, cognito):
    def respond(challenge, code):
        name = challenge["ChallengeParameters"]["USER_ID_FOR_SRP"]
        return cognito.respond_to_auth_challenge(
            ClientId=cloud.addresses.client_id,
            ChallengeName="SOFTWARE_TOKEN_MFA",
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": code},
        )

    return respond


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238_appendix_b(moment, expected):
    assert totp.code_at(EMPTY_SECRET, moment // totp.PERIOD) == expected


def test_each_person_gets_a_secret_of_their_own(cognito, token):
    secrets = {cognito.associate_software_token(AccessToken=token)["SecretCode"] for _ in range(3)}

    assert len(secrets) == 3
    assert all(len(secret) >= 32 for secret in secrets)


def test_a_secret_that_was_not_verified_is_not_asked_for(cognito, token, log_in):
    cognito.associate_software_token(AccessToken=token)

    assert log_in()["IdToken"]


def test_a_preference_without_a_verified_secret_is_refused(cognito, token):
    cognito.associate_software_token(AccessToken=token)

    with pytest.raises(cognito.exceptions.InvalidParameterException):
        cognito.set_user_mfa_preference(
            AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
        )


@pytest.mark.parametrize("away", [-2, 2])
def test_a_wrong_code_does_not_enable_the_secret(cognito, token, away):
    secret = cognito.associate_software_token(AccessToken=token)["SecretCode"]

    with pytest.raises(cognito.exceptions.EnableSoftwareTokenMFAException):
        cognito.verify_software_token(AccessToken=token, UserCode=code(secret, away))


def test_the_sign_in_asks_for_a_code_and_lets_in_who_has_it(secret, log_in, respond):
    challenge = log_in()

    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert respond(challenge, code(secret))["AuthenticationResult"]["IdToken"]


@pytest.mark.parametrize("away", [0, 1])
def test_a_code_of_the_next_period_is_good_too(secret, log_in, respond, away):
    assert respond(log_in(), code(secret, away))["AuthenticationResult"]


def test_a_wrong_code_is_a_mismatch_and_another_may_be_tried(cognito, secret, log_in, respond):
    challenge = log_in()

    with pytest.raises(cognito.exceptions.CodeMismatchException):
        respond(challenge, "000000")

    assert respond(challenge, code(secret))["AuthenticationResult"]


def test_a_code_is_good_once(cognito, secret, log_in, respond):
    used = code(secret)
    respond(log_in(), used)

    with pytest.raises(cognito.exceptions.ExpiredCodeException):
        respond(log_in(), used)


def test_the_code_of_another_person_is_no_good(cognito, secret, log_in, respond, make_customer):
    make_customer("bob@example.com")
    other = cognito.associate_software_token(AccessToken=log_in("bob@example.com")["AccessToken"])[
        "SecretCode"
    ]

    with pytest.raises(cognito.exceptions.CodeMismatchException):
        respond(log_in(), code(other))


def test_a_new_password_does_not_go_round_the_code(cloud, cognito, secret, log_in, respond):
    pool = {"UserPoolId": cloud.addresses.user_pool_id, "Username": "alice@example.com"}
    cognito.admin_set_user_password(**pool, Password="Temporary-1-pass", Permanent=False)
    challenge = log_in(password="Temporary-1-pass")

    answer = cognito.respond_to_auth_challenge(
        ClientId=cloud.addresses.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={
            "USERNAME": challenge["ChallengeParameters"]["USER_ID_FOR_SRP"],
            "NEW_PASSWORD": "Brand-new-7-password",
        },
    )

    assert "AuthenticationResult" not in answer
    assert answer["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert respond(answer, code(secret))["AuthenticationResult"]


def test_it_can_be_switched_off(cognito, token, secret, log_in):
    cognito.set_user_mfa_preference(
        AccessToken=token, SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False}
    )

    assert log_in()["IdToken"]


def test_the_pool_says_who_has_one(cloud, cognito, token, secret):
    pool = {"UserPoolId": cloud.addresses.user_pool_id, "Username": "alice@example.com"}

    assert cognito.admin_get_user(**pool)["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
