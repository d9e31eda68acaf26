"""What every page carries, and the pages for when something is wrong."""

import json
import logging

import pytest

from portal.logs import JsonLines, redacted
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_answer_names_its_request(client):
    first, second = client.get("/"), client.get("/")

    assert first["X-Request-Id"] != second["X-Request-Id"]


def test_pages_for_strangers_allow_no_inline_script_and_no_other_host(client):
    policy = client.get("/signup/")["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "http" not in policy


def test_only_the_backoffice_has_the_looser_policy(client):
    assert "unsafe-eval" in client.get("/admin/login/")["Content-Security-Policy"]


def test_an_unknown_address_says_so_with_the_request_id(client):
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert answer["X-Request-Id"] in answer.content.decode()


def test_staff_who_may_not_open_a_page_are_led_to_the_dashboard(staff):
    page = staff("marketing").get("/admin/backoffice/auditevent/")

    assert page.status_code == 403
    assert "ask an administrator for a role that may" in page.content.decode()
    assert 'href="/admin/"' in page.content.decode()
    assert "write to support" not in page.content.decode()


def test_a_bug_shows_a_calm_page_with_the_request_id(client, monkeypatch, make_code):
    def bug(row: object) -> None:
        raise ZeroDivisionError("internal detail")

    row = sign_up(code=make_code())
    monkeypatch.setattr("tenants.signups.status", bug)
    client.raise_request_exception = False

    answer = client.get(f"/signup/{row.pk}/")

    assert answer.status_code == 500
    assert answer["X-Request-Id"] in answer.content.decode()
    assert "internal detail" not in answer.content.decode()


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("GET /welcome/abcdefghijklmnopqrstuvwxyz012345/ 302", "abcdefghijklmnop"),
        ("GET /marketplace/registration/eyJpZCI6ImEiLCJz:1vOxyz:c2lnbmF0dXJl/", "eyJpZCI6"),
        ("/account/subscription/attach/eyJpZCI6ImEiLCJz:1vOxyz:c2lnbmF0dXJl/", "c2lnbmF0dXJl"),
        ("?next=%2Faccount%2Fsubscription%2Fattach%2FeyJpZCI6%3A1vOxyz%3Ac2lnbmF0/", "c2lnbmF0"),
        ("x-amzn-marketplace-token=bm90IGEgdG9rZW4%3D", "bm90IGEg"),
        ("password='hunter2-hunter2' refused", "hunter2"),
        ('{"Authorization": "eyJraWQiOi.abc"}', "eyJraWQ"),
        ("x-api-key: 0123456789abcdef", "0123456789abcdef"),
        ("GET /?k=gkp" + "a1B2" * 11 + "cd HTTP/1.1", "a1B2a1B2"),
    ],
)
def test_no_secret_reaches_a_log(said, secret):
    assert secret not in redacted(said)


def test_a_server_logs_one_line_of_json_with_the_request_id():
    record = logging.LogRecord("portal", logging.INFO, "", 0, "hello %s", ("world",), None)

    line = JsonLines().format(record)

    assert '"message": "hello world"' in line
    assert '"metric"' not in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("said", "metric", "value"),
    [
        ("metric api_keys: 8123 in the gateway, 8000 of ours", "api_keys", 8123),
        ("metric refusal_alarm: campaign autumn, 40 of 50 refused", "refusal_alarm", 1),
        ("metric registrations_unreadable: 1", "registrations_unreadable", 1),
    ],
)
def test_a_line_that_tells_a_metric_has_it_in_fields_that_can_be_counted(said, metric, value):
    line = json.loads(
        JsonLines().format(logging.LogRecord("portal", logging.ERROR, "", 0, said, (), None))
    )

    assert (line["metric"], line["value"]) == (metric, value)
