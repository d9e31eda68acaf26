"""The token trigger: called at every login and refresh, in the pool's own words."""

import time

import boto3
import jwt
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def run_trigger(run_function):
    """Let the trigger answer with this override, and return the list of events it is given."""

    def run(override):
        events = []

        def handler(event, context):
            events.append(event)
            return event | {"response": {"claimsAndScopeOverrideDetails": override}}

        run_function("generate-token", handler)
        return events

    return run


def add(**claims):
    return {"claimsToAddOrOverride": claims}


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def test_the_event_is_the_documented_one(cloud, make_customer, log_in, run_trigger):
    customer = make_customer()
    events = run_trigger(None)

    log_in()

    (event,) = events
    assert event == {
        "version": "2",
        "triggerSource": "TokenGeneration_Authentication",
        "region": "eu-central-1",
        "userPoolId": cloud.addresses.user_pool_id,
        "userName": customer.sub,
        "callerContext": {
            "awsSdkVersion": "aws-sdk-unknown-unknown",
            "clientId": cloud.addresses.client_id,
        },
        "request": {
            "userAttributes": {
                "sub": customer.sub,
                "email": "alice@example.com",
                "email_verified": "true",
                "custom:tenant_id": "tenant-1",
                "cognito:user_status": "CONFIRMED",
            },
            "groupConfiguration": {
                "groupsToOverride": [],
                "iamRolesToOverride": [],
                "preferredRole": None,
            },
            "scopes": ["aws.cognito.signin.user.admin"],
        },
        "response": {"claimsAndScopeOverrideDetails": None},
    }


def test_claims_are_added_to_each_token(make_customer, log_in, run_trigger):
    make_customer()
    run_trigger(
        {"idTokenGeneration": add(role="owner"), "accessTokenGeneration": add(tier="starter")}
    )

    tokens = log_in()

    id_claims, access_claims = claims_of(tokens["IdToken"]), claims_of(tokens["AccessToken"])
    assert (id_claims.get("role"), id_claims.get("tier")) == ("owner", None)
    assert (access_claims.get("role"), access_claims.get("tier")) == (None, "starter")


def test_the_changed_access_token_is_a_live_one(cognito, make_customer, log_in, run_trigger):
    customer = make_customer()
    run_trigger({"accessTokenGeneration": add(tier="starter")})

    user = cognito.get_user(AccessToken=log_in()["AccessToken"])

    assert user["Username"] == customer.sub


def test_claims_can_be_suppressed(make_customer, log_in, run_trigger):
    make_customer()
    run_trigger({"idTokenGeneration": {"claimsToSuppress": ["custom:tenant_id", "sub"]}})

    claims = claims_of(log_in()["IdToken"])

    assert "custom:tenant_id" not in claims
    assert "sub" in claims


@pytest.mark.parametrize("claim", ["sub", "aud", "exp", "iss", "token_use", "cognito:username"])
def test_reserved_claims_stay_as_they_are(make_customer, log_in, run_trigger, claim):
    make_customer()
    run_trigger({"idTokenGeneration": add(**{claim: "forged", "role": "owner"})})

    claims = claims_of(log_in()["IdToken"])

    assert claims[claim] != "forged"
    assert claims["role"] == "owner"


def test_a_refresh_asks_again(cloud, cognito, make_customer, log_in, run_trigger):
    make_customer()
    token = log_in()["RefreshToken"]
    events = run_trigger({"idTokenGeneration": add(role="viewer")})

    answer = cognito.initiate_auth(
        AuthFlow="REFRESH_TOKEN_AUTH",
        ClientId=cloud.addresses.client_id,
        AuthParameters={"REFRESH_TOKEN": token},
    )

    assert [event["triggerSource"] for event in events] == ["TokenGeneration_RefreshTokens"]
    assert claims_of(answer["AuthenticationResult"]["IdToken"])["role"] == "viewer"


def test_a_new_password_is_a_source_of_its_own(cloud, cognito, make_customer, log_in, run_trigger):
    customer = make_customer()
    cognito.admin_set_user_password(
        UserPoolId=cloud.addresses.user_pool_id,
        Username=customer.email,
        Password="Temporary-1-pass",
        Permanent=False,
    )
    events = run_trigger(None)

    cognito.respond_to_auth_challenge(
        ClientId=cloud.addresses.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=log_in(password="Temporary-1-pass")["Session"],
        ChallengeResponses={"USERNAME": customer.sub, "NEW_PASSWORD": "Brand-new-7-password"},
    )

    assert [event["triggerSource"] for event in events] == ["TokenGeneration_NewPasswordChallenge"]


def test_a_trigger_that_raises_refuses_the_login(cognito, make_customer, log_in, run_function):
    make_customer()

    def handler(event, context):
        raise RuntimeError("This account is suspended")

    run_function("generate-token", handler)

    with pytest.raises(cognito.exceptions.UserLambdaValidationException) as caught:
        log_in()
    assert caught.value.response["Error"]["Message"] == (
        "PreTokenGeneration failed with error This account is suspended."
    )


def test_a_slow_trigger_fails_the_login(cognito, make_customer, log_in, run_function):
    make_customer()
    run_function("generate-token", lambda event, context: time.sleep(3), Timeout=1)

    with pytest.raises(cognito.exceptions.UnexpectedLambdaException):
        log_in()


@pytest.mark.parametrize("answer", [None, "yes", {"response": {}}])
def test_nonsense_from_a_trigger_fails_the_login(
    cognito, make_customer, log_in, run_function, answer
):
    make_customer()
    run_function("generate-token", lambda event, context: answer)

    with pytest.raises(cognito.exceptions.InvalidLambdaResponseException):
        log_in()


def test_a_trigger_may_call_cognito(cloud, make_customer, log_in, run_function):
    customer = make_customer()
    seen = []

    def handler(event, context):
        user = boto3.client("cognito-idp").admin_get_user(
            UserPoolId=event["userPoolId"], Username=event["userName"]
        )
        seen.append(user["Username"])
        return event

    run_function("generate-token", handler)
    log_in()

    assert seen == [customer.sub]


def test_a_trigger_that_does_not_exist_fails_the_login(make_customer, log_in):
    make_customer()
    boto3.client("lambda").delete_function(FunctionName="gatehouse-local-generate-token")

    with pytest.raises(ClientError, match="UnexpectedLambdaException"):
        log_in()
