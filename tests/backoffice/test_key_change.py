"""A new SECRET_KEY: what the former one made goes on while SECRET_KEY_FALLBACKS names it."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from backoffice.sign_in import second_factors
from tenants import confirmations
from tenants.models import MailEvent, SignUp, SuppressedAddress
from tenants.privacy.pseudonyms import stand_in
from tenants.returned import suppression
from tests.staff_people import code_of, give_code, give_password, is_in, make_staff, set_up_app

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "another key of fifty characters, which nobody guesses"


@pytest.fixture(autouse=True)
def former(settings, time_machine):
    settings.STAFF_SECOND_FACTOR = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    time_machine.move_to("2026-11-20 10:00:05Z", tick=False)
    return settings.SECRET_KEY


@pytest.fixture
def anna():
    """Set up with the former key: a browser that is in, an app, and recovery codes."""
    make_staff()
    return set_up_app()


@pytest.fixture
def change_key(settings, former):
    def change(*, keeps=True):
        settings.SECRET_KEY = NEW
        settings.SECRET_KEY_FALLBACKS = [former] if keeps else []

    return change


def test_who_is_signed_in_stays_so(anna, change_key):
    browser, _, _ = anna

    change_key()

    assert is_in(browser)


def test_an_app_and_a_recovery_code_still_let_in(anna, change_key):
    _, secret, codes = anna

    change_key()
    answers = [give_code(give_password(), code) for code in (code_of(secret), codes[0])]

    assert [answer.status_code for answer in answers] == [302, 302]


def test_a_code_is_good_once_whichever_key_made_it(anna, change_key):
    _, _, codes = anna

    change_key()
    answers = [give_code(give_password(), codes[0]) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 422]


def test_a_link_in_a_mail_still_leads_on(change_key):
    row = SignUp.objects.create(form_key="0" * 32, email="alice@example.com", full_name="Alice")
    token = confirmations.mint_token(row)

    change_key()

    assert confirmations.find_sign_up(token) == row


def test_mail_to_somebody_erased_before_stays_held_back(change_key):
    event = MailEvent.objects.create(digest="d", kind="bounced")
    SuppressedAddress.objects.create(
        address=stand_in("alice@example.com"), why="bounced", event=event, since=timezone.now()
    )

    change_key()

    assert suppression.suppressed("Alice@example.com")


def test_without_the_former_key_all_of_it_is_void(anna, change_key):
    browser, secret, codes = anna

    change_key(keeps=False)
    answers = [give_code(give_password(), code) for code in (code_of(secret), codes[0])]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert not is_in(browser)


def test_what_is_set_up_afterwards_is_of_the_new_key_alone(change_key, settings):
    make_staff("bob")
    change_key()
    _, secret, _ = set_up_app("bob")

    settings.SECRET_KEY_FALLBACKS = []

    assert give_code(give_password("bob"), code_of(secret)).status_code == 302
    assert second_factors.words_of(User.objects.get()).startswith("set up on 2026")
