"""People in the user pool: found in any case, made once, gone for good."""

import pytest
from django.conf import settings

from adapters import user_pool
from adapters.aws import client
from adapters.errors import NotThere, Refused, TryLater
from adapters.user_pool import PasswordTooWeak
from tests.outages import failing

PASSWORD = "Correct-horse-7-battery"
ADDRESS = "alice@example.com"
# boto3 does not repeat this one by itself.
BUSY = "InternalErrorException"


@pytest.fixture
def pool():
    return settings.USER_POOL_ID


@pytest.fixture
def alice(pool):
    user = user_pool.create_user(pool, email=ADDRESS, tenant_id="tenant-1")
    user_pool.set_password(pool, user.user_id, PASSWORD)
    return user_pool.find_user(pool, ADDRESS)


def sign_in(password=PASSWORD):
    return client("cognito-idp").initiate_auth(
        ClientId=settings.USER_POOL_CLIENT_ID,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": ADDRESS, "PASSWORD": password},
    )["AuthenticationResult"]


def refresh(tokens):
    return client("cognito-idp").initiate_auth(
        ClientId=settings.USER_POOL_CLIENT_ID,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )["AuthenticationResult"]


def not_authorised():
    return pytest.raises(client("cognito-idp").exceptions.NotAuthorizedException)


def test_a_new_user_has_a_verified_address_and_a_tenant(pool):
    made = user_pool.create_user(pool, email=ADDRESS, tenant_id="tenant-1")

    found = client("cognito-idp").admin_get_user(UserPoolId=pool, Username=ADDRESS)
    attributes = {each["Name"]: each["Value"] for each in found["UserAttributes"]}
    assert attributes["email_verified"] == "true"
    assert attributes["custom:tenant_id"] == made.tenant_id == "tenant-1"
    assert attributes["sub"] == made.user_id
    assert made.enabled


def test_cognito_mails_nobody(pool, cloud):
    user_pool.create_user(pool, email=ADDRESS, tenant_id="tenant-1")

    assert cloud.mails() == []


@pytest.mark.parametrize("again", [ADDRESS, "ALICE@Example.com"])
def test_making_a_user_twice_returns_the_same_one(pool, again):
    first = user_pool.create_user(pool, email=ADDRESS, tenant_id="tenant-1")

    second = user_pool.create_user(pool, email=again, tenant_id="tenant-2")

    assert second == first
    assert len(client("cognito-idp").list_users(UserPoolId=pool)["Users"]) == 1


def test_a_user_who_vanishes_between_two_answers_is_not_made_up(pool):
    with (
        failing("cognito-idp", "AdminCreateUser", "UsernameExistsException"),
        pytest.raises(NotThere),
    ):
        user_pool.create_user(pool, email=ADDRESS, tenant_id="tenant-1")


def test_a_busy_pool_makes_nobody(pool):
    with failing("cognito-idp", "AdminCreateUser", BUSY), pytest.raises(TryLater):
        user_pool.create_user(pool, email=ADDRESS, tenant_id="tenant-1")


@pytest.mark.parametrize("typed", [ADDRESS, "ALICE@EXAMPLE.COM", "Alice@Example.Com"])
def test_a_user_is_found_in_any_case(pool, alice, typed):
    assert user_pool.find_user(pool, typed) == alice


def test_an_address_without_a_user_finds_nobody(pool, alice):
    assert user_pool.find_user(pool, "bob@example.com") is None


def test_a_busy_pool_does_not_say_that_nobody_is_there(pool, alice):
    with failing("cognito-idp", "AdminGetUser", BUSY), pytest.raises(TryLater):
        user_pool.find_user(pool, ADDRESS)


def test_the_tenant_of_a_user_can_change(pool, alice):
    user_pool.set_tenant(pool, alice.user_id, "tenant-2")

    assert user_pool.find_user(pool, ADDRESS).tenant_id == "tenant-2"


def test_a_password_lets_its_owner_in(pool, alice):
    user_pool.set_password(pool, alice.user_id, "Another-horse-8-battery")

    assert sign_in("Another-horse-8-battery")["IdToken"]


@pytest.mark.parametrize(
    "password",
    ["Short-1", "no-capital-letter-7", "NO-SMALL-LETTER-7", "No-digit-at-all"],
)
def test_a_password_against_the_policy_is_too_weak(pool, alice, password):
    with pytest.raises(PasswordTooWeak):
        user_pool.set_password(pool, alice.user_id, password)

    assert sign_in()


def test_a_password_with_a_space_that_cognito_cannot_take_is_too_weak(pool, alice):
    with (
        failing("cognito-idp", "AdminSetUserPassword", "InvalidParameterException"),
        pytest.raises(PasswordTooWeak),
    ):
        user_pool.set_password(pool, alice.user_id, "Correct horse 7 battery")


def test_a_wrong_call_is_not_blamed_on_the_password(pool, alice):
    with (
        failing("cognito-idp", "AdminSetUserPassword", "InvalidParameterException"),
        pytest.raises(Refused),
    ):
        user_pool.set_password(pool, alice.user_id, PASSWORD)


def test_a_disabled_user_cannot_sign_in(pool, alice):
    user_pool.disable_user(pool, alice.user_id)

    with not_authorised():
        sign_in()
    assert user_pool.find_user(pool, ADDRESS).enabled is False


def test_a_disabled_user_cannot_refresh(pool, alice):
    tokens = sign_in()

    user_pool.disable_user(pool, alice.user_id)

    with not_authorised():
        refresh(tokens)


def test_disabling_twice_is_fine(pool, alice):
    user_pool.disable_user(pool, alice.user_id)

    user_pool.disable_user(pool, alice.user_id)

    assert user_pool.find_user(pool, ADDRESS).enabled is False


def test_an_enabled_user_can_sign_in_again(pool, alice):
    user_pool.disable_user(pool, alice.user_id)

    user_pool.enable_user(pool, alice.user_id)

    assert sign_in()["IdToken"]


def test_signing_out_makes_the_old_password_useless(pool, alice):
    user_pool.sign_out(pool, alice.user_id)

    with not_authorised():
        sign_in()


def test_signing_out_makes_refresh_tokens_useless(pool, alice):
    tokens = sign_in()

    user_pool.sign_out(pool, alice.user_id)

    with not_authorised():
        refresh(tokens)


def test_signing_out_takes_the_password_even_if_the_second_half_fails(pool, alice):
    with failing("cognito-idp", "AdminUserGlobalSignOut", BUSY), pytest.raises(TryLater):
        user_pool.sign_out(pool, alice.user_id)

    with not_authorised():
        sign_in()


def test_signing_out_twice_is_fine(pool, alice):
    user_pool.sign_out(pool, alice.user_id)

    user_pool.sign_out(pool, alice.user_id)

    with not_authorised():
        sign_in()


def test_a_deleted_user_is_gone(pool, alice):
    user_pool.delete_user(pool, alice.user_id)

    assert user_pool.find_user(pool, ADDRESS) is None


def test_deleting_twice_is_fine(pool, alice):
    user_pool.delete_user(pool, alice.user_id)

    user_pool.delete_user(pool, alice.user_id)

    assert user_pool.find_user(pool, ADDRESS) is None


def test_a_busy_pool_does_not_say_that_the_user_is_gone(pool, alice):
    with failing("cognito-idp", "AdminDeleteUser", BUSY), pytest.raises(TryLater):
        user_pool.delete_user(pool, alice.user_id)


@pytest.mark.parametrize(
    "verb", [user_pool.enable_user, user_pool.disable_user, user_pool.sign_out]
)
def test_nobody_cannot_be_switched(pool, verb):
    with pytest.raises(NotThere):
        verb(pool, "00000000-0000-0000-0000-000000000000")


def test_a_pool_that_answers_is_reachable(pool):
    assert user_pool.is_reachable(pool) is True


def test_a_pool_that_is_not_there_is_not_reachable():
    with pytest.raises(NotThere):
        user_pool.is_reachable("eu-central-1_nowhere00")
