"""Signing in on the pages that Cognito hosts: there, back, and what a thief cannot do."""

import socket
from urllib.parse import parse_qs, urlparse

import pytest
from django.test import Client

from adapters.errors import Refused
from backoffice.audit import SYSTEM
from tenants import accounts
from tests import people
from tests.forged_tokens import STRANGER
from tests.hosted_pages import hosted_pages

pytestmark = pytest.mark.django_db(transaction=True)

BACK = "/account/login/hosted/back/"


@pytest.fixture
def alice(make_tenant):
    member = make_tenant("alice@example.com").members.get()
    people.choose_password(member)
    member.refresh_from_db()
    return member


@pytest.fixture
def pages(settings):
    with hosted_pages() as pages:
        settings.HOSTED_UI_URL = pages.url
        yield pages


def leave(client, wanted="/account/"):
    return client.get("/account/login/hosted/", {"next": wanted}).url


def bring(pages, address, alice):
    return pages.sign_in(address, sub=alice.user_id, email=alice.email)


def is_in(client):
    return client.get("/account/").status_code == 200


def test_there_and_back(client, pages, alice):
    address = leave(client, "/account/settings/")
    asked = parse_qs(urlparse(address).query)

    answer = client.get(BACK, bring(pages, address, alice))

    assert address.startswith(f"{pages.url}/oauth2/authorize?")
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"][0].endswith(BACK)
    assert answer.url == "/account/settings/"
    assert is_in(client)
    assert "an-access-token" not in str(dict(client.session))


def test_the_session_has_a_new_key(client, pages, alice):
    address = leave(client)
    before = client.cookies["sessionid"].value

    client.get(BACK, bring(pages, address, alice))

    assert client.cookies["sessionid"].value != before


def test_a_stage_without_such_pages_offers_none(client, db):
    assert "hosted" not in client.get("/account/login/").content.decode()
    assert client.get("/account/login/hosted/").status_code == 404
    assert client.get(BACK, {"code": "x", "state": "y"}).status_code == 404


def test_a_stage_that_has_them_offers_them(client, pages):
    assert 'href="/account/login/hosted/?next=' in client.get("/account/login/").content.decode()


def test_a_code_that_was_planted_in_another_browser_opens_nothing(client, pages, alice):
    brought = bring(pages, leave(client), alice)
    victim = Client()

    assert "Sign in again" in victim.get(BACK, brought).content.decode()
    leave(victim)
    assert "Sign in again" in victim.get(BACK, brought).content.decode()
    assert not is_in(victim)


def test_a_code_that_comes_with_another_state_is_not_even_redeemed(client, pages, alice):
    brought = bring(pages, leave(client), alice)

    answer = client.get(BACK, {"code": brought["code"], "state": "other"})

    assert "Sign in again" in answer.content.decode()
    assert brought["code"] in pages.asked
    assert not is_in(client)


def test_coming_back_twice_opens_nothing_the_second_time(client, pages, alice):
    brought = bring(pages, leave(client), alice)
    client.get(BACK, brought)
    client.post("/account/logout/")

    client.get(BACK, brought)

    assert not is_in(client)


def test_a_code_of_another_attempt_is_refused_by_its_verifier(client, pages, alice):
    stolen = bring(pages, leave(Client()), alice)
    own = bring(pages, leave(client), alice)

    answer = client.get(BACK, {"code": stolen["code"], "state": own["state"]})

    assert "Sign in again" in answer.content.decode()
    assert not is_in(client)


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "other"},
        {"nonce": None},
        {"aud": "other"},
        {"token_use": "access"},
        {"iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_other"},
        {"iat": 1, "exp": 3601},
    ],
)
def test_a_token_for_somebody_else_is_refused(client, pages, alice, change):
    pages.change = change

    client.get(BACK, bring(pages, leave(client), alice))

    assert not is_in(client)


def test_a_token_that_the_pool_did_not_sign_opens_nothing(client, pages, alice):
    pages.key = STRANGER

    answer = client.get(BACK, bring(pages, leave(client), alice))

    assert "Sign in again" in answer.content.decode()
    assert not is_in(client)


def test_while_the_pool_s_keys_cannot_be_had_it_is_tried_later(client, pages, alice, monkeypatch):
    brought = bring(pages, leave(client), alice)
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:1")

    assert client.get(BACK, brought).status_code == 503
    assert not is_in(client)


def test_who_gives_up_there_is_told_calmly(client, pages, alice):
    state = bring(pages, leave(client), alice)["state"]

    answer = client.get(BACK, {"error": "access_denied", "state": state})

    assert answer.status_code == 422
    assert "That did not work." in answer.content.decode()


@pytest.mark.parametrize("trouble", [(503, ""), (429, "")])
def test_pages_that_are_busy_are_tried_later(client, pages, alice, trouble):
    pages.trouble = trouble

    assert client.get(BACK, bring(pages, leave(client), alice)).status_code == 503


def test_pages_that_do_not_answer_are_tried_later(client, settings, alice, pages):
    brought = bring(pages, leave(client), alice)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.HOSTED_UI_URL = f"http://127.0.0.1:{closed.getsockname()[1]}"

    assert client.get(BACK, brought).status_code == 503


@pytest.mark.parametrize(
    "trouble", [(400, '{"error": "invalid_client"}'), (200, "{}"), (302, "moved")]
)
def test_a_stage_that_is_set_up_wrongly_is_a_fault_of_ours(client, pages, alice, trouble):
    brought = bring(pages, leave(client), alice)
    pages.trouble = trouble

    with pytest.raises(Refused):
        client.get(BACK, brought)


def test_a_reset_on_the_way_wins(client, pages, alice):
    address = leave(client)
    accounts.request_reset(alice.tenant, SYSTEM)

    client.get(BACK, bring(pages, address, alice))

    assert not is_in(client)


def test_somebody_of_the_pool_who_is_nobody_here_has_no_account(client, pages, db):
    address = leave(client)

    answer = client.get(BACK, pages.sign_in(address, sub="x", email="mallory@example.com"))

    assert "This account is closed" in answer.content.decode()
    assert not is_in(client)
