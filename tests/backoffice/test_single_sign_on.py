"""Staff come in by the provider of single sign-on, and nobody else does."""

import base64
import json
import logging
from urllib.parse import parse_qs, urlparse

import pytest
from django.contrib.auth.models import User
from django.test import Client

from backoffice.models import AuditEvent, StaffIdentity
from tests.backoffice.doors import do, page_url
from tests.openid_provider import openid_provider
from tests.staff_people import code_of, give_code, is_in, make_staff, set_up_app

pytestmark = pytest.mark.django_db(transaction=True)

GO, BACK = "/admin/login/provider/", "/admin/login/provider/back/"
SECRET = "s3cret of ours+/"
ADDRESS = "anna@gatehouse.example"


@pytest.fixture
def anna(db):
    return make_staff()


@pytest.fixture
def provider(settings, monkeypatch):
    # A port may be another test's again.
    monkeypatch.setattr("adapters.staff_provider._known", {})
    with openid_provider() as provider:
        settings.STAFF_OIDC_ISSUER = provider.url
        settings.STAFF_OIDC_CLIENT_ID = "gatehouse"
        settings.STAFF_OIDC_CLIENT_SECRET = SECRET
        settings.STAFF_OIDC_NAME = "Octo"
        yield provider


@pytest.fixture
def visitor():
    return Client()


def bring(provider, visitor, *, to="", **person):
    """Go there and sign in; return what the visitor brings back."""
    known = {"sub": "octo|1", "email": ADDRESS, "email_verified": True}
    return provider.sign_in(visitor.get(GO, {"next": to}).url, **known | person)


def sign_in(provider, visitor, **person):
    return visitor.get(BACK, bring(provider, visitor, **person))


def page_after(visitor, answer):
    assert answer.url.partition("?")[0] == "/admin/login/"
    return visitor.get(answer.url).content.decode()


def test_there_and_back(provider, visitor, anna):
    page = visitor.get("/admin/login/", {"next": "/admin/tenants/tenant/"}).content.decode()
    address = visitor.get(GO, {"next": "/admin/tenants/tenant/"}).url
    asked = parse_qs(urlparse(address).query)

    brought = provider.sign_in(address, sub="octo|1", email=ADDRESS, email_verified=True)
    answer = visitor.get(BACK, brought)

    assert "Sign in with Octo" in page
    assert f"{GO}?next=%2Fadmin%2Ftenants%2Ftenant%2F" in page
    assert address.startswith(f"{provider.url}/authorize?tenant=ours&")
    assert asked["scope"] == ["openid email"]
    assert asked["redirect_uri"][0].endswith(BACK)
    assert answer.url == "/admin/tenants/tenant/"
    assert is_in(visitor)
    assert AuditEvent.objects.get().action == "connect single sign-on"


def test_our_secret_goes_in_the_header_unless_the_provider_wants_it_in_the_form(
    provider, visitor, anna
):
    sign_in(provider, visitor)
    told = base64.b64decode(provider.headers["Authorization"].removeprefix("Basic ")).decode()

    assert told == "gatehouse:s3cret+of+ours%2B%2F"


def test_a_provider_may_want_our_secret_in_the_form(provider, visitor, anna):
    provider.told = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

    sign_in(provider, visitor)

    assert "Authorization" not in provider.headers
    assert is_in(visitor)


def test_the_session_has_a_new_key_and_nothing_of_the_token(provider, visitor, anna):
    brought = bring(provider, visitor)
    before = visitor.cookies["sessionid"].value

    visitor.get(BACK, brought)

    assert visitor.cookies["sessionid"].value != before
    assert "an-access-token" not in str(dict(visitor.session))


def test_a_stage_without_a_provider_offers_none(client, db):
    assert GO not in client.get("/admin/login/").content.decode()
    assert client.get(GO).status_code == client.get(BACK).status_code == 404


def test_the_second_factor_is_asked_for_all_the_same(provider, visitor, anna, settings):
    settings.STAFF_SECOND_FACTOR = True
    _, secret, _ = set_up_app()

    answer = sign_in(provider, visitor, to="/admin/tenants/tenant/", amr=["pwd", "mfa"])

    assert answer.url == "/admin/login/code/"
    assert not is_in(visitor)
    assert give_code(visitor, code_of(secret)).url == "/admin/tenants/tenant/"
    assert is_in(visitor)


def test_who_has_no_app_yet_sets_one_up(provider, visitor, anna, settings):
    settings.STAFF_SECOND_FACTOR = True

    assert sign_in(provider, visitor).url == "/admin/login/set-up/"
    assert not is_in(visitor)


def test_a_stage_may_take_the_provider_s_second_factor_for_ours(provider, visitor, anna, settings):
    settings.STAFF_SECOND_FACTOR, settings.STAFF_OIDC_SECOND_FACTOR = True, "provider"

    assert sign_in(provider, visitor, amr=["pwd", "mfa"]).url == "/admin/"
    assert is_in(visitor)


@pytest.mark.parametrize("amr", [None, [], ["pwd"], "mfa", {"mfa": 1}, 7])
def test_which_it_has_to_say(provider, visitor, anna, settings, amr):
    settings.STAFF_SECOND_FACTOR, settings.STAFF_OIDC_SECOND_FACTOR = True, "provider"

    assert sign_in(provider, visitor, amr=amr).url == "/admin/login/set-up/"
    assert not is_in(visitor)


def test_a_stage_that_trusts_it_no_more_asks_who_is_in(provider, visitor, anna, settings):
    settings.STAFF_SECOND_FACTOR, settings.STAFF_OIDC_SECOND_FACTOR = True, "provider"
    sign_in(provider, visitor, amr=["mfa"])

    settings.STAFF_OIDC_SECOND_FACTOR = "ours"

    assert not is_in(visitor)


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "other"},
        {"nonce": None},
        {"aud": "other"},
        {"aud": ["gatehouse", "other"]},
        {"iss": "https://other.example"},
        {"exp": 1},
        {"exp": True},
        {"exp": None},
        {"iat": 4_000_000_000, "exp": 4_000_000_300},
        {"iat": "now"},
        {"sub": ""},
        {"sub": 7},
    ],
)
def test_a_token_that_is_not_for_this_attempt_opens_nothing(provider, visitor, anna, change):
    provider.change = change

    answer = sign_in(provider, visitor)

    assert "Sign in again" in page_after(visitor, answer)
    assert not is_in(visitor)


def test_a_code_that_was_planted_in_another_browser_opens_nothing(provider, visitor, anna):
    brought = bring(provider, visitor)
    victim = Client()

    assert "Sign in again" in page_after(victim, victim.get(BACK, brought))
    victim.get(GO)
    assert "Sign in again" in page_after(victim, victim.get(BACK, brought))
    assert not is_in(victim)


def test_a_code_that_comes_with_another_state_is_not_even_exchanged(provider, visitor, anna):
    brought = bring(provider, visitor)

    visitor.get(BACK, {"code": brought["code"], "state": "other"})

    assert brought["code"] in provider.asked
    assert not is_in(visitor)


def test_an_attempt_is_good_once(provider, visitor, anna):
    address = visitor.get(GO).url
    brought = provider.sign_in(address, sub="octo|1", email=ADDRESS, email_verified=True)
    visitor.get(BACK, {"error": "access_denied", "state": brought["state"]})

    visitor.get(BACK, brought)

    assert not is_in(visitor)


def test_the_second_try_leads_where_the_first_was_to_lead(provider, visitor, anna):
    wanted = "/admin/tenants/tenant/"
    stranger = bring(provider, visitor, to=wanted, sub="octo|9", email="nobody@example.com")

    page = page_after(visitor, visitor.get(BACK, stranger))

    assert f"{GO}?next=%2Fadmin%2Ftenants%2Ftenant%2F" in page


def test_a_code_of_another_attempt_is_refused_by_its_verifier(provider, visitor, anna):
    stolen, own = bring(provider, Client()), bring(provider, visitor)

    visitor.get(BACK, {"code": stolen["code"], "state": own["state"]})

    assert not is_in(visitor)


def test_coming_back_twice_opens_nothing_the_second_time(provider, visitor, anna):
    brought = bring(provider, visitor)
    visitor.get(BACK, brought)
    visitor.post("/admin/logout/")

    visitor.get(BACK, brought)

    assert not is_in(visitor)


def test_coming_back_after_a_coffee_opens_nothing(provider, visitor, anna, time_machine):
    time_machine.move_to("2026-11-20 10:00:00Z", tick=False)
    brought = bring(provider, visitor)
    time_machine.move_to("2026-11-20 10:10:01Z", tick=False)

    assert "took too long" in page_after(visitor, visitor.get(BACK, brought))
    assert not is_in(visitor)


def test_who_gives_up_there_is_told_how_it_goes_on(provider, visitor, anna):
    state = parse_qs(urlparse(visitor.get(GO).url).query)["state"][0]

    answer = visitor.get(BACK, {"error": "access_denied", "state": state})

    assert "was not finished" in page_after(visitor, answer)


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere_afterwards(provider, visitor, anna, to):
    assert sign_in(provider, visitor, to=to).url == "/admin/"


@pytest.mark.parametrize(
    "person",
    [
        {"email": "stranger@gatehouse.example"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": 1.5},
        {"email": None},
        {"email": ""},
    ],
)
def test_nobody_becomes_staff_by_it(provider, visitor, anna, person):
    User.objects.create_user("nobody", "", is_staff=True)

    answer = sign_in(provider, visitor, **person)

    assert "not among the staff" in page_after(visitor, answer)
    assert not is_in(visitor)
    assert not StaffIdentity.objects.exists()
    assert User.objects.count() == 2


@pytest.mark.parametrize("gone", ["is_active", "is_staff"])
def test_who_was_seen_off_is_out(provider, visitor, anna, gone):
    sign_in(provider, visitor)
    User.objects.update(**{gone: False})

    answer = sign_in(provider, again := Client())

    assert "not among the staff" in page_after(again, answer)
    assert not is_in(visitor)
    assert not is_in(again)


def test_an_address_that_two_have_lets_in_neither(provider, visitor, anna):
    User.objects.create_user("anna2", ADDRESS.upper(), is_staff=True)

    sign_in(provider, visitor)

    assert not is_in(visitor)


def test_a_person_stays_themselves_when_the_address_changes_there(provider, visitor, anna):
    sign_in(provider, visitor)

    sign_in(provider, again := Client(), email="anna.married@gatehouse.example")

    assert is_in(again)


def test_whoever_has_the_address_afterwards_is_not_them(provider, visitor, anna):
    sign_in(provider, visitor)

    answer = sign_in(provider, other := Client(), sub="octo|2")

    assert "not among the staff" in page_after(other, answer)
    assert not is_in(other)


def test_an_administrator_lets_a_new_account_there_be_them(provider, visitor, anna, superuser):
    sign_in(provider, visitor)

    page = superuser.get(page_url(anna)).content.decode()
    do(superuser, "forget-single-sign-on", anna)
    sign_in(provider, other := Client(), sub="octo|2")

    assert "used since" in page
    assert is_in(other)
    assert AuditEvent.objects.filter(action="forget single sign-on").exists()


def test_an_administrator_does_so_for_no_superuser(provider, staff):
    root = make_staff("root", is_superuser=True)
    StaffIdentity.objects.create(user=root, issuer=provider.url, subject="octo|1")

    do(staff("admin"), "forget-single-sign-on", root)

    assert StaffIdentity.objects.exists()


@pytest.mark.parametrize("trouble", [(500, ""), (429, ""), (400, "no"), (200, "{}"), (200, "[]")])
def test_a_provider_in_trouble_leaves_the_password(provider, visitor, anna, trouble):
    brought = bring(provider, visitor)
    provider.trouble = trouble

    assert "does not answer as it should" in page_after(visitor, visitor.get(BACK, brought))
    assert not is_in(visitor)


def test_a_provider_that_is_away_leaves_the_password(provider, visitor, anna, settings):
    settings.STAFF_OIDC_ISSUER = "http://127.0.0.1:1"

    assert "does not answer as it should" in page_after(visitor, visitor.get(GO))


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://octo.example/token"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_configuration_that_leads_astray_is_not_followed(provider, visitor, anna, told):
    provider.told = told

    assert "does not answer as it should" in page_after(visitor, visitor.get(GO))


def test_what_the_provider_says_of_itself_is_asked_once(provider, visitor, anna):
    sign_in(provider, visitor)
    provider.told = {"issuer": "https://other.example"}

    sign_in(provider, again := Client())

    assert is_in(again)


def test_neither_secret_nor_code_is_in_a_log(provider, visitor, anna, caplog):
    caplog.set_level(logging.DEBUG)
    brought = bring(provider, visitor)
    provider.trouble = (400, json.dumps({"error": "invalid_client", "was": SECRET}))

    visitor.get(BACK, brought)

    said = caplog.text
    assert "invalid_client" in said
    assert SECRET not in said
    assert brought["code"] not in said
