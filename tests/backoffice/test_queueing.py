"""Sending tasks: after the commit, and never at the cost of whoever asked."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import pytest
from celery import shared_task
from django.conf import settings
from django.db import transaction

from adapters import queues
from backoffice.models import Job
from backoffice.queueing import send_after_commit
from portal.celery import app
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)

# Somebody waits in front of a page meanwhile.
LONGEST = 5.0


@shared_task(name="tests.knock")
def knock(number):
    """A task that nobody runs."""


@pytest.fixture
def queue_at(monkeypatch):
    """Let the queue be at this port, as for a process that has just started."""
    before = app.conf.broker_transport_options

    def move(port):
        name = app.conf.task_default_queue
        address = f"http://127.0.0.1:{port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        queue = {"url": f"{address}/123456789012/{name}"}
        app.conf.broker_transport_options = {**before, "predefined_queues": {name: queue}}
        app.amqp._producer_pool = None

    yield move
    app.conf.broker_transport_options = before
    app.amqp._producer_pool = None


@pytest.fixture
def silent_port():
    """A port at which calls are taken and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def refusing_port():
    """A port at which every call is refused, as by an account without the right to send."""

    class Refusal(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(403)
            self.end_headers()
            self.wfile.write(b'{"__type": "AccessDeniedException"}')

    with HTTPServer(("127.0.0.1", 0), Refusal) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return port


def make_and_send():
    with transaction.atomic():
        Job.objects.create(kind="paint", title="Gate")
        send_after_commit(knock, 1)


def test_a_task_is_sent_when_the_transaction_is_committed():
    with transaction.atomic():
        send_after_commit(knock, 7)
        assert queues.waiting_messages(settings.TASKS_QUEUE_URL) == 0

    assert waiting_tasks() == [("tests.knock", [7])]


def test_without_a_transaction_it_is_sent_at_once():
    send_after_commit(knock, 7)

    assert waiting_tasks() == [("tests.knock", [7])]


def test_a_transaction_that_is_rolled_back_sends_nothing():
    def send_and_fail():
        with transaction.atomic():
            send_after_commit(knock, 7)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        send_and_fail()

    assert waiting_tasks() == []


@pytest.mark.parametrize("port", ["closed_port", "silent_port", "refusing_port"])
def test_without_the_queue_the_commit_stands_and_a_warning_is_logged(
    queue_at, request, caplog, port
):
    queue_at(request.getfixturevalue(port))

    make_and_send()

    assert Job.objects.count() == 1
    (record,) = [entry for entry in caplog.records if entry.name == "backoffice.queueing"]
    assert record.levelname == "WARNING"
    assert "tests.knock is left to the sweep" in record.getMessage()


@pytest.mark.parametrize("port", ["closed_port", "silent_port"])
def test_nobody_waits_long_for_a_queue_that_does_not_answer(queue_at, request, port):
    queue_at(request.getfixturevalue(port))
    start = time.monotonic()

    make_and_send()

    assert time.monotonic() - start < LONGEST


def test_a_queue_that_comes_back_is_used_again(queue_at, closed_port):
    queue_at(closed_port)
    make_and_send()

    queue_at(urlsplit(settings.TASKS_QUEUE_URL).port)
    send_after_commit(knock, 8)

    assert waiting_tasks() == [("tests.knock", [8])]


def test_the_worker_may_wait_longer_than_who_sends():
    """Its long poll lasts longer than a page may take."""
    reading = app.connection_for_read().transport_options
    writing = app.connection_for_write().transport_options

    assert reading["client-config"]["read_timeout"] > reading["wait_time_seconds"]
    assert writing["client-config"]["read_timeout"] < LONGEST
    assert writing["predefined_queues"] == reading["predefined_queues"]


def test_a_mistake_of_ours_is_not_taken_for_an_outage():
    with pytest.raises(Exception, match="not JSON serializable"):
        send_after_commit(knock, object())
