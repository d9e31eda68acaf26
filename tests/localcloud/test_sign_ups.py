"""People who sign themselves up, as Cognito documents it: each test names the page.

https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
"""

import base64
import hmac
import re
import time

import pytest
from botocore.exceptions import ClientError

from localcloud.mailbox import MAILBOX
from tests.localcloud.conftest import PASSWORD

STRANGER = "stranger@example.com"


@pytest.fixture
def client(cloud):
    return {"ClientId": cloud.addresses.client_id}


@pytest.fixture
def sign_up(cognito, client):
    def sign_up(email=STRANGER):
        return cognito.sign_up(**client, Username=email, Password=PASSWORD)

    return sign_up


@pytest.fixture
def codes():
    """The codes mailed to the stranger, the newest first."""
    return lambda: [re.search(r"\d{6}", mail["text"])[0] for mail in MAILBOX.mails(STRANGER)]


@pytest.fixture
def confirm(cognito, client):
    return lambda code, email=STRANGER: cognito.confirm_sign_up(
        **client, Username=email, ConfirmationCode=code
    )


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def refusal(work, *args, **kwargs):
    with pytest.raises(ClientError) as refused:
        work(*args, **kwargs)
    return refused.value.response["Error"]["Code"]


def test_the_code_comes_by_mail(sign_up, codes):
    answer = sign_up()

    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "s***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    assert len(codes()) == 1


def test_the_right_code_confirms_and_proves_the_address(cloud, cognito, sign_up, codes, confirm):
    sign_up()

    confirm(codes()[0])

    user = cognito.admin_get_user(UserPoolId=cloud.addresses.user_pool_id, Username=STRANGER)
    attributes = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
    assert user["UserStatus"] == "CONFIRMED"
    assert attributes["email_verified"] == "true"


def test_nobody_signs_in_before_that(sign_up, log_in):
    sign_up()

    assert refusal(log_in, STRANGER) == "UserNotConfirmedException"


def test_another_code_is_refused(sign_up, codes, confirm):
    """API_ConfirmSignUp: CodeMismatchException."""
    sign_up()

    assert refusal(confirm, other_than(codes()[0])) == "CodeMismatchException"


def test_after_some_wrong_codes_the_right_one_is_refused_too(sign_up, codes, confirm):
    """API_ConfirmSignUp: LimitExceededException."""
    sign_up()
    for _ in range(5):
        refusal(confirm, other_than(codes()[0]))

    assert refusal(confirm, codes()[0]) == "LimitExceededException"


def test_a_code_is_good_for_a_day(sign_up, codes, confirm, monkeypatch):
    sign_up()
    later = time.time() + 24 * 3600 + 1
    monkeypatch.setattr("localcloud.sign_ups.time.time", lambda: later)

    assert refusal(confirm, codes()[0]) == "ExpiredCodeException"


def test_of_two_codes_the_second_one_counts(cognito, client, sign_up, codes, confirm):
    """API_ResendConfirmationCode."""
    sign_up()
    cognito.resend_confirmation_code(**client, Username=STRANGER)
    new, old = codes()

    assert new == old or refusal(confirm, old) == "CodeMismatchException"
    confirm(new)


def test_whoever_is_confirmed_is_not_confirmed_again(cognito, client, sign_up, codes, confirm):
    sign_up()
    code = codes()[0]
    confirm(code)

    assert refusal(confirm, code) == "NotAuthorizedException"
    resend = cognito.resend_confirmation_code
    assert refusal(resend, **client, Username=STRANGER) == "InvalidParameterException"


def test_an_address_in_another_case_is_taken(sign_up):
    sign_up()

    assert refusal(sign_up, STRANGER.upper()) == "UsernameExistsException"


def test_nobody_learns_whether_an_address_is_known(cognito, client, confirm):
    """cognito-user-pool-managing-errors.html: PreventUserExistenceErrors."""
    assert refusal(confirm, "123456", "nobody@example.com") == "ExpiredCodeException"
    answer = cognito.resend_confirmation_code(**client, Username="nobody@example.com")
    assert answer["CodeDeliveryDetails"]["Destination"] == "n***@e***"


class TestAClientWithASecret:
    """#cognito-user-pools-computing-secret-hash"""

    @pytest.fixture
    def secretive(self, cloud, cognito):
        made = cognito.create_user_pool_client(
            UserPoolId=cloud.addresses.user_pool_id, ClientName="secretive", GenerateSecret=True
        )["UserPoolClient"]
        return {"ClientId": made["ClientId"]}, made["ClientSecret"]

    def hash_of(self, client, secret):
        message = f"{STRANGER}{client['ClientId']}".encode()
        return base64.b64encode(hmac.digest(secret.encode(), message, "sha256")).decode()

    def test_without_the_hash_nobody_signs_up(self, cognito, secretive):
        client, _secret = secretive
        wish = {**client, "Username": STRANGER, "Password": PASSWORD}

        assert refusal(cognito.sign_up, **wish) == "NotAuthorizedException"
        assert refusal(cognito.sign_up, **wish, SecretHash="wrong") == "NotAuthorizedException"

    def test_with_it_everything_goes_its_way(self, cognito, secretive, codes):
        client, secret = secretive
        person = {**client, "Username": STRANGER, "SecretHash": self.hash_of(client, secret)}
        cognito.sign_up(**person, Password=PASSWORD)
        cognito.resend_confirmation_code(**person)

        cognito.confirm_sign_up(**person, ConfirmationCode=codes()[0])


class TestTheTriggerAfterwards:
    """user-pool-lambda-post-confirmation.html."""

    @pytest.fixture
    def told(self, run_function):
        events = []

        def handler(event, context):
            events.append(event)
            return event

        run_function("after-confirmation", handler)
        return events

    def test_it_is_told_once_of_who_is_confirmed(self, cloud, sign_up, codes, confirm, told):
        sub = sign_up()["UserSub"]
        refusal(confirm, other_than(codes()[0]))

        confirm(codes()[0])

        [event] = told
        assert event == {
            "version": "1",
            "triggerSource": "PostConfirmation_ConfirmSignUp",
            "region": "eu-central-1",
            "userPoolId": cloud.addresses.user_pool_id,
            "userName": sub,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": cloud.addresses.client_id,
            },
            "request": {
                "userAttributes": {
                    "sub": sub,
                    "email": STRANGER,
                    "email_verified": "true",
                    "cognito:user_status": "CONFIRMED",
                }
            },
            "response": {},
        }

    def test_staff_who_confirm_tell_it_too(self, cloud, cognito, sign_up, told):
        sign_up()

        cognito.admin_confirm_sign_up(UserPoolId=cloud.addresses.user_pool_id, Username=STRANGER)

        assert len(told) == 1

    def test_its_error_is_shown_and_the_user_stays_confirmed(
        self, sign_up, codes, confirm, log_in, run_function
    ):
        def handler(event, context):
            raise RuntimeError("broken")

        run_function("after-confirmation", handler)
        sign_up()

        assert refusal(confirm, codes()[0]) == "UserLambdaValidationException"
        assert log_in(STRANGER)["IdToken"]
