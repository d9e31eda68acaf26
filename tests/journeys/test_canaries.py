"""Secrets are planted by walking the journeys, and then looked for wherever none may be."""

import base64
import json
import logging
import re

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import serializers
from django.test import Client

from backoffice import totp
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


def rows() -> str:
    """Every row of every table, and what sessions hold."""
    dump = [serializers.serialize("json", model.objects.all()) for model in apps.get_models()]
    return "".join(dump) + json.dumps([each.get_decoded() for each in Session.objects.all()])


def test_no_planted_secret_is_anywhere(
    make_tenant, make_code, run_tasks, cloud, caplog, messages, settings
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
    client.post("/account/keys/rotate/", {"grace": "0", "password": CHOSEN})
    run_tasks()
    shown.append(client.post("/account/keys/show/").content.decode())
    client.post("/signup/check-code/", {"code": unspent})
    broken = client.get(f"/welcome/{token}x/", follow=True)
    make_staff()
    _, secret, recovery = set_up_app()
    give_code(give_password(), recovery[0])

    keys = [found[1] for page in shown if (found := re.search(KEY, page))]
    planted = [token, CHOSEN, PASSWORD, unspent, unspent.replace("-", ""), *keys]
    planted += [totp.readable(secret), secret.hex(), *recovery]
    places = {
        "logs": "\n".join(map(_whole, caplog.records)),
        "rows": rows(),
        "queue": "".join(messages),
        "addresses": " ".join(addresses),
        "error page": broken.content.decode(),
    }
    assert keys
    assert answer.status_code == 302
    assert messages
    assert [(name, word) for name, text in places.items() for word in planted if word in text] == []
    assert "nora@example.com" in places["rows"]


def _whole(record: logging.LogRecord) -> str:
    return f"{record.getMessage()} {record.exc_text or ''}"
