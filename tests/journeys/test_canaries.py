"""Secrets are planted by walking the journeys, and then looked for wherever none may be."""

import base64
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import serializers
from django.core.files.storage import default_storage
from django.test import Client

from adapters import aws
from backoffice import audit_export
from backoffice.audit import SYSTEM
from backoffice.audit_search import Wanted
from backoffice.sign_in import totp
from tenants.account import sign_in as account_sign_in
from tests import people, worker
from tests.staff_people import PASSWORD, give_code, give_password, make_staff, set_up_app

pytestmark = pytest.mark.django_db(transaction=True)

CHOSEN = "Canary-sings-7-loudly"
KEY = r'data-testid="api-key">([^<]+)<'


@pytest.fixture
def messages(monkeypatch) -> list[str]:
    """Every message that the queue hands out."""
    bodies: list[str] = []
    take = worker.take_messages

    def noted():
        taken = take()
        for message in taken:
            body = message["Body"]
            order = json.loads(body if body[:1] == "{" else base64.b64decode(body))
            bodies.append(json.dumps(order) + base64.b64decode(order["body"]).decode())
        return taken

    monkeypatch.setattr(worker, "take_messages", noted)
    return bodies


@pytest.fixture
def tokens() -> Iterator[list[str]]:
    """Every token that Cognito hands to the portal."""
    found: list[str] = []

    def note(parsed, **_):
        given = parsed.get("AuthenticationResult", {})
        found.extend(given[name] for name in given if name.endswith("Token"))

    events, signal = aws.client("cognito-idp").meta.events, "after-call.cognito-idp.InitiateAuth"
    events.register(signal, note)
    yield found
    events.unregister(signal, note)


def rows() -> str:
    """Every row of every table, and what sessions hold."""
    dump = [serializers.serialize("json", model.objects.all()) for model in apps.get_models()]
    return "".join(dump) + json.dumps([each.get_decoded() for each in Session.objects.all()])


def test_no_planted_secret_is_anywhere(
    make_tenant, make_code, run_tasks, cloud, caplog, messages, tokens, settings, monkeypatch
):
    caplog.set_level(logging.DEBUG)
    settings.STAFF_SECOND_FACTOR = True
    logging.getLogger("botocore").setLevel(logging.INFO)
    client, addresses = Client(), []
    unspent = make_code()
    make_tenant("nora@example.com")

    token = re.search(r"/welcome/([\w-]+)/", cloud.mails("nora@example.com")[0]["text"])[1]
    addresses.append(client.get(f"/welcome/{token}/")["Location"])
    client.post("/welcome/", {"password": CHOSEN, "repeated": CHOSEN})
    shown = [client.post("/welcome/key/").content.decode()]
    people.sign_in(Client(), "nora@example.com", CHOSEN + "-wrong")
    answer = people.sign_in(client, "nora@example.com", CHOSEN)
    addresses.append(answer["Location"])
    rotated = client.post("/account/keys/rotate/", {"overlap": "none"})
    run_tasks()
    shown.append(client.post("/account/keys/show/").content.decode())
    client.post("/signup/check-code/", {"code": unspent})
    pages = [client.get(f"/welcome/{token}x/", follow=True), _break(monkeypatch)]
    make_staff()
    _, secret, recovery = set_up_app()
    give_code(give_password(), recovery[0])
    trail = audit_export.export_trail(audit_export.Trail(Wanted()), SYSTEM)
    run_tasks()
    trail.refresh_from_db()

    keys = [found[1] for page in shown if (found := re.search(KEY, page))]
    planted = [token, CHOSEN, PASSWORD, unspent, unspent.replace("-", ""), *keys]
    planted += [totp.readable(secret), secret.hex(), *recovery, *tokens]
    places = {
        "logs": "\n".join(map(_whole, caplog.records)),
        "rows": rows(),
        "queue": "".join(messages),
        "addresses": " ".join(addresses),
        "error pages": "".join(page.content.decode() for page in pages),
        "audit export": default_storage.open(trail.result_file).read().decode(),
    }
    assert keys
    assert tokens
    assert [page.status_code for page in pages] == [410, 500]
    assert rotated.status_code == 302
    assert "rotate key" in places["audit export"]
    assert answer.status_code == 302
    assert messages
    assert [(name, word) for name, text in places.items() for word in planted if word in text] == []
    assert "nora@example.com" in places["rows"]


def _break(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Something that nobody thought of goes wrong with the password in hand."""
    with monkeypatch.context() as broken:
        broken.setattr(account_sign_in, "check_password", lambda email, password: {}[email])
        return people.sign_in(Client(raise_request_exception=False), "nora@example.com", CHOSEN)


def _whole(record: logging.LogRecord) -> str:
    return f"{record.getMessage()} {record.exc_text or ''}"
