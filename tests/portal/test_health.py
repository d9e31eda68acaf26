"""Liveness says that the process runs; readiness, whether it can reach what it stands on."""

import threading
import time

import pytest

from adapters import user_pool
from adapters.errors import TryLater
from portal import health

pytestmark = pytest.mark.django_db(transaction=True)


def test_alive_asks_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert answer.json() == {"status": "ok"}


def test_ready_names_every_dependency(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"] == dict.fromkeys(
        ("database", "dynamodb", "cognito", "api_gateway", "queue"), "ok"
    )


def test_a_dependency_that_fails_is_named_without_details(client, monkeypatch):
    def down(pool_id: str) -> None:
        raise TryLater("secret address does not answer")

    monkeypatch.setattr(user_pool, "is_reachable", down)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["cognito"] == "TryLater"
    assert "secret" not in answer.content.decode()


def test_a_dependency_that_hangs_does_not_hang_the_answer(client, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(user_pool, "is_reachable", lambda pool_id: release.wait(20))
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.2)
    started = time.monotonic()

    answer = client.get("/readyz")
    release.set()

    assert answer.json()["checks"]["cognito"] == "slow"
    assert time.monotonic() - started < 5
