"""What a person does to their own login: each once, twice, and when it fails."""

import time

import pytest
from django.conf import settings

from adapters import own_login, sign_in, user_pool
from adapters.errors import Refused, TryLater
from adapters.sign_in import Challenge, CodeWrong, SignedIn
from adapters.user_pool import PasswordTooWeak
from localcloud import totp
from tests.outages import failing

PASSWORD = "Correct-horse-7-battery"
NEW = "Brand-new-horse-9"
ADDRESS = "alice@example.com"


@pytest.fixture
def alice() -> SignedIn:
    pool = settings.USER_POOL_ID
    user = user_pool.create_user(pool, email=ADDRESS, tenant_id="tenant-1")
    user_pool.set_password(pool, user.user_id, PASSWORD)
    return enter()


def enter(password=PASSWORD):
    return sign_in.sign_in(settings.USER_POOL_CLIENT_ID, email=ADDRESS, password=password)


def code(secret):
    return totp.code_at(secret, int(time.time()) // totp.PERIOD)


def busy(operation):
    return failing("cognito-idp", operation, "InternalErrorException")


def test_an_app_is_asked_for_once_it_is_verified_and_wanted(alice):
    own_login.verify_secret(alice, code(own_login.draw_secret(alice)))
    own_login.ask_for_codes(alice, wanted=True)

    assert isinstance(enter(), Challenge)
    assert user_pool.find_user(settings.USER_POOL_ID, ADDRESS).has_authenticator


def test_wanting_it_twice_and_wanting_it_no_more_is_fine(alice):
    own_login.verify_secret(alice, code(own_login.draw_secret(alice)))
    for wanted in (True, True, False, False):
        own_login.ask_for_codes(alice, wanted=wanted)

    assert isinstance(enter(), SignedIn)


def test_a_second_secret_replaces_the_first(alice):
    first = own_login.draw_secret(alice)
    second = own_login.draw_secret(alice)

    with pytest.raises(CodeWrong):
        own_login.verify_secret(alice, code(first))
    own_login.verify_secret(alice, code(second))


def test_what_was_not_verified_cannot_be_asked_for(alice):
    with pytest.raises(Refused):
        own_login.ask_for_codes(alice, wanted=True)


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("AssociateSoftwareToken", lambda person: own_login.draw_secret(person)),
        ("VerifySoftwareToken", lambda person: own_login.verify_secret(person, "123456")),
        ("SetUserMFAPreference", lambda person: own_login.ask_for_codes(person, wanted=True)),
        ("ChangePassword", lambda p: own_login.change_password(p, old=PASSWORD, new=NEW)),
    ],
)
def test_a_busy_pool_is_tried_later(alice, operation, call):
    with busy(operation), pytest.raises(TryLater):
        call(alice)


def test_a_new_password_replaces_the_old_one(alice):
    own_login.change_password(alice, old=PASSWORD, new=NEW)

    assert isinstance(enter(NEW), SignedIn)
    with pytest.raises(sign_in.NotSignedIn):
        enter()


@pytest.mark.parametrize("weak", ["short", "onlysmallletters"])
def test_a_weak_password_leaves_the_old_one(alice, weak):
    with pytest.raises(PasswordTooWeak):
        own_login.change_password(alice, old=PASSWORD, new=weak)

    assert isinstance(enter(), SignedIn)


def test_a_space_that_cognito_cannot_take_is_too_weak_and_other_calls_are_wrong(alice):
    with failing("cognito-idp", "ChangePassword", "InvalidParameterException"):
        with pytest.raises(PasswordTooWeak):
            own_login.change_password(alice, old=PASSWORD, new="Correct horse 7")
        with pytest.raises(Refused):
            own_login.change_password(alice, old=PASSWORD, new=NEW)
