"""Bad tokens and forged forms: none is accepted, and each is answered by a page that helps."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.utils import timezone

from backoffice.models import AuditEvent
from localcloud.marketplace.faults import Fault
from marketplace import registration_links
from marketplace.models import Registration
from tenants.models import SignUp, Tenant
from tests import buyers
from tests.buyers import BOB, FORM, TOKEN, fill_in, form_key, hand_over

pytestmark = pytest.mark.django_db(transaction=True)

REGISTER = "/marketplace/register/"
THE_WAY_BACK = "Set up your account"


def post(body="", content_type=FORM, **options):
    browser = Client(enforce_csrf_checks=True)
    return browser.post(REGISTER, body, content_type=content_type, **options)


@pytest.fixture
def token(cloud, buy):
    return cloud.marketplace.set_up_account(buy().id)


@pytest.fixture
def expired(cloud, token):
    cloud.marketplace.advance(hours=5)
    return token


@pytest.fixture
def failing(cloud):
    def fail(kind, **how):
        cloud.marketplace.faults.add(Fault(kind, "ResolveCustomer", times=None, **how))

    return fail


BODIES = {
    "no body": ("", FORM),
    "an empty token": (urlencode({TOKEN: ""}), FORM),
    "a token of spaces": (urlencode({TOKEN: "  \t "}), FORM),
    "another field's name": ("token={token}", FORM),
    "a token that was never given out": (urlencode({TOKEN: "bm90IGEgdG9rZW4="}), FORM),
    "a token cut short": (urlencode({TOKEN: "{half}"}), FORM),
    "a token with control characters": (urlencode({TOKEN: "abc\0\r\nX-Evil: 1"}), FORM),
    "a token of another alphabet": (urlencode({TOKEN: "żółw"}), FORM),
    "a token of 100 KB": (urlencode({TOKEN: "a" * 100_000}), FORM),
    "a body of 3 MB": (urlencode({TOKEN: "a" * 3_000_000}), FORM),
    "2,000 fields": ("&".join(f"f{n}=1" for n in range(2000)), FORM),
    "two tokens": (f"{TOKEN}=abc&{TOKEN}=def", FORM),
    "a good and a bad token": (f"{TOKEN}={{token}}&{TOKEN}=def", FORM),
    "JSON": (json.dumps({TOKEN: "{token}"}), "application/json"),
    "plain text": (f"{TOKEN}={{token}}", "text/plain"),
    "an upload": (b"--b\r\nContent-Disposition: form-data", "multipart/form-data; boundary=b"),
    "binary": (bytes(range(256)), "application/octet-stream"),
    "binary that calls itself a form": (TOKEN.encode() + b"=" + bytes(range(128, 256)), FORM),
    "another character set": (f"{TOKEN}=abc", f"{FORM}; charset=utf-16"),
}


def bad_body(name, token):
    body, content_type = BODIES[name]
    if isinstance(body, str):
        body = body.replace("%7Bhalf%7D", token[:60]).replace("{token}", token)
    return post(body, content_type)


def open_link(link, **how):
    return Client().get(f"/marketplace/registration/{link}/", **how)


def is_helpful(answer):
    page = answer.content.decode()
    return (
        answer.status_code in (400, 403, 405, 409, 410, 422, 429, 500, 503)
        and "<h1>" in page
        and ("support@gatehouse.example" in page or "Go back, load the page again" in page)
    )


def nothing_was_accepted():
    return not Tenant.objects.exists() and not SignUp.objects.exists()


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_refused(name, token):
    answer = bad_body(name, token)

    assert is_helpful(answer), (answer.status_code, answer.content[:500])
    assert THE_WAY_BACK in answer.content.decode()
    assert not Registration.objects.exists()


def test_a_token_in_the_address_is_not_looked_at(token, cloud):
    answer = Client().get(REGISTER, {TOKEN: token})

    assert answer.status_code == 200
    assert THE_WAY_BACK in answer.content.decode()
    assert token not in answer.content.decode()
    assert cloud.marketplace.calls.of("ResolveCustomer") == []


@pytest.mark.parametrize("verb", ["put", "patch", "delete", "options"])
def test_another_verb_gets_a_page_too(verb):
    answer = getattr(Client(), verb)(REGISTER)

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
    assert is_helpful(answer)


def test_an_expired_token_says_how_a_fresh_one_comes(expired):
    answer = hand_over(expired)

    assert answer.status_code == 410
    assert "This token has expired" in answer.content.decode()
    assert THE_WAY_BACK in answer.content.decode()


@pytest.mark.parametrize("kind", ["throttle", "unavailable"])
def test_a_busy_aws_asks_for_a_minute(token, failing, kind):
    failing(kind)

    answer = hand_over(token)

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert THE_WAY_BACK in answer.content.decode()
    assert not Registration.objects.exists()


@pytest.mark.parametrize("code", ["DisabledApiException", "AccessDeniedException"])
def test_a_mistake_of_ours_is_told_to_staff(token, failing, code):
    failing("error", code=code)

    answer = hand_over(token)

    assert (answer.status_code, is_helpful(answer)) == (500, True)
    line = AuditEvent.objects.get(action="fail to resolve a buyer")
    assert code in line.target_name
    assert token[:12] not in f"{line.target_name} {line.after}"


def test_a_product_that_is_not_ours_is_told_to_staff(token, settings, caplog):
    settings.MARKETPLACE_PRODUCTS = {}

    answer = hand_over(token)

    assert (answer.status_code, is_helpful(answer)) == (403, True)
    line = AuditEvent.objects.get(action="refuse unknown product")
    assert line.target_name == buyers.SUBSCRIPTION
    assert buyers.SUBSCRIPTION in caplog.text
    assert token[:12] not in caplog.text
    assert not Registration.objects.exists()


def test_too_many_from_one_network_wait(settings, token):
    with time_machine.travel(timezone.now().replace(second=10), tick=False):  # within one minute
        answers = [post() for _ in range(21)]

    assert [answer.status_code for answer in answers[-2:]] == [400, 429]
    assert is_helpful(answers[-1])


def test_limits_that_cannot_be_counted_let_nobody_in(token, monkeypatch):
    from adapters import windows
    from adapters.errors import TryLater

    def busy(*_, **__):
        raise TryLater("dynamodb")

    monkeypatch.setattr(windows, "count_in_window", busy)

    assert hand_over(token).status_code == 503
    assert not Registration.objects.exists()


def signed(row, lifetime=registration_links.AT_ONCE):
    return registration_links.sign(row, lifetime)


FORGED_LINKS = {
    "not signed": lambda row: row.pk.hex,
    "tampered": lambda row: signed(row)[:-1] + ("A" if signed(row)[-1] != "A" else "B"),
    "another id under an old signature": lambda row: "x" + signed(row),
    "signed for something else": lambda row: signing.dumps({"id": row.pk.hex, "seconds": 9}),
    "a long one": lambda row: "a" * 3000,
}


@pytest.mark.parametrize("name", FORGED_LINKS)
def test_a_forged_link_leads_nowhere(arrive, name):
    arrive()

    answer = open_link(FORGED_LINKS[name](Registration.objects.get()))

    assert answer.status_code == 410
    assert is_helpful(answer)


def test_a_link_is_good_for_minutes(arrive):
    arrive()
    link = signed(Registration.objects.get())

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = open_link(link)

    assert (answer.status_code, is_helpful(answer)) == (410, True)


def test_a_browser_without_a_registration_gets_no_form(arrive):
    key = form_key(arrive().landed)
    stranger = Client()

    answers = [
        stranger.get("/marketplace/registration/"),
        stranger.post("/marketplace/registration/", {**BOB, "form_key": key}),
    ]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert all(map(is_helpful, answers))
    assert nothing_was_accepted()


def test_the_form_is_guarded_against_forgery(arrive):
    client = arrive(client=Client(enforce_csrf_checks=True))

    answer = fill_in(client)

    assert (answer.status_code, is_helpful(answer)) == (403, True)
    assert nothing_was_accepted()


def test_a_replay_after_the_end_shows_nothing_of_the_account(arrive):
    client = arrive()
    link = signed(Registration.objects.get())
    fill_in(client)

    answer = open_link(link, follow=True)

    assert "This subscription has an account" in answer.content.decode()
    assert "bob@gmail.com" not in answer.content.decode()
    assert Tenant.objects.count() == 1


def test_how_many_were_accepted(arrive, token, settings, record_property):
    """All of the above once more, and how many came through."""
    settings.RATE_LIMITS = False
    client = arrive(client=Client(enforce_csrf_checks=True))
    row = Registration.objects.get()
    answers = [bad_body(name, token) for name in BODIES]
    answers += [getattr(Client(), verb)(REGISTER) for verb in ("put", "patch", "delete")]
    answers += [open_link(forge(row)) for forge in FORGED_LINKS.values()]
    answers += [Client().post("/marketplace/registration/", BOB), fill_in(client)]

    accepted = [answer for answer in answers if answer.status_code < 400]
    helpful = [answer for answer in answers if is_helpful(answer)]

    record_property(
        "figures",
        f"bad tokens and forged forms: {len(answers)} sent, {len(accepted)} accepted, "
        f"{len(helpful)} answered with a page that helps",
    )
    assert accepted == []
    assert len(helpful) == len(answers) > 20
    assert nothing_was_accepted()
