"""Signing in at the pool: who comes in, what is asked next, and how refusals look."""

import pytest
from django.conf import settings

from adapters import rights, sign_in, user_pool
from adapters.aws import client
from adapters.errors import Refused, TryLater
from adapters.rights import PermissionItem
from adapters.sign_in import AccessClosed, Challenge, ChallengeOver, NotSignedIn, SignedIn
from adapters.user_pool import PasswordTooWeak
from tests.outages import failing

PASSWORD = "Correct-horse-7-battery"
TEMPORARY = "Temporary-1-pass"
ADDRESS = "alice@example.com"


@pytest.fixture
def pool():
    return settings.USER_POOL_ID


@pytest.fixture
def alice(pool):
    user = user_pool.create_user(pool, email=ADDRESS, tenant_id="tenant-1")
    user_pool.set_password(pool, user.user_id, PASSWORD)
    return user


@pytest.fixture
def challenge(alice, pool) -> Challenge:
    client("cognito-idp").admin_set_user_password(
        UserPoolId=pool, Username=ADDRESS, Password=TEMPORARY, Permanent=False
    )
    found = enter(password=TEMPORARY)
    assert isinstance(found, Challenge)
    return found


def enter(email=ADDRESS, password=PASSWORD):
    return sign_in.sign_in(settings.USER_POOL_CLIENT_ID, email=email, password=password)


def replace(challenge, password):
    return sign_in.answer_new_password(settings.USER_POOL_CLIENT_ID, challenge, password)


@pytest.mark.parametrize("typed", [ADDRESS, "ALICE@Example.com"])
def test_the_right_password_says_who_it_is(alice, typed):
    person = enter(typed)

    assert isinstance(person, SignedIn)
    assert (person.user_id, person.email) == (alice.user_id, ADDRESS)


def test_a_token_is_not_shown_where_the_answer_is_printed(alice):
    person = enter()

    assert person.access_token
    assert person.access_token not in repr(person)


def test_a_wrong_password_and_an_unknown_address_are_one_refusal(alice):
    for email, password in ((ADDRESS, "Wrong-horse-7-battery"), ("bob@example.com", PASSWORD)):
        with pytest.raises(NotSignedIn):
            enter(email, password)


def test_a_login_that_is_switched_off_is_the_same_refusal(alice, pool):
    user_pool.disable_user(pool, alice.user_id)

    with pytest.raises(NotSignedIn):
        enter()


@pytest.mark.parametrize(
    "code",
    ["PasswordResetRequiredException", "UserNotConfirmedException", "UserNotFoundException"],
)
def test_a_login_that_waits_for_something_is_the_same_refusal(alice, code):
    with failing("cognito-idp", "InitiateAuth", code), pytest.raises(NotSignedIn):
        enter()


def permission(user_id, state):
    return PermissionItem(user_id, "tenant-1", "owner", ("me",), (), "starter", state)


def test_a_customer_whom_the_token_trigger_refuses_has_no_access(alice):
    rights.write_permission(permission(alice.user_id, "closed"))

    with pytest.raises(AccessClosed):
        enter()


@pytest.mark.parametrize(
    "code",
    [
        "InternalErrorException",
        "TooManyRequestsException",
        "UserLambdaValidationException",
        "UnexpectedLambdaException",
        "InvalidLambdaResponseException",
    ],
)
def test_a_busy_pool_or_trigger_is_tried_later(alice, code):
    with failing("cognito-idp", "InitiateAuth", code), pytest.raises(TryLater):
        enter()


def test_a_wrong_call_is_not_blamed_on_the_password(alice):
    with (
        failing("cognito-idp", "InitiateAuth", "InvalidParameterException"),
        pytest.raises(Refused),
    ):
        enter()


def test_a_temporary_password_asks_for_a_new_one(challenge, alice):
    assert (challenge.kind, challenge.username) == ("new_password", alice.user_id)
    assert challenge.session not in repr(challenge)

    assert isinstance(replace(challenge, PASSWORD), SignedIn)
    assert isinstance(enter(), SignedIn)


def test_a_weak_new_password_may_be_replaced_by_a_better_one(challenge):
    with pytest.raises(PasswordTooWeak):
        replace(challenge, "weak")

    assert isinstance(replace(challenge, PASSWORD), SignedIn)


def test_a_challenge_is_good_for_one_answer(challenge):
    replace(challenge, PASSWORD)

    with pytest.raises(ChallengeOver):
        replace(challenge, "Another-horse-8-battery")

    assert isinstance(enter(), SignedIn)


def test_a_question_that_we_cannot_put_is_told_apart(alice):
    body = {"ChallengeName": "SMS_MFA", "ChallengeParameters": {}, "Session": "x" * 20}
    from tests.outages import answering

    with answering("cognito-idp", "InitiateAuth", 200, body):
        assert enter().kind == "unknown"
