"""Celery's worker as `make run` starts it, but without beat: for the test's cloud and database."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import cast

from django.conf import settings

from adapters.aws import client
from localcloud.supervisor import worker
from tests.databases import database_url

PATIENCE_SECONDS = 60


@contextmanager
def running_worker() -> Iterator[Callable[[], None]]:
    """Run a worker process; yield a function that waits until it has done all that is queued."""
    process = start_worker()

    def wait() -> None:
        # A message is deleted when its task has ended, and what the task queued is there by then.
        assert _becomes(lambda: sum(_messages()) == 0, PATIENCE_SECONDS), "the worker does nothing"

    try:
        yield wait
    finally:
        stop_worker(process)


def start_worker(*options: str, **more: str) -> "subprocess.Popen[bytes]":
    """Start one and leave it to the caller, who may be about to kill it."""
    environment = {**os.environ, "DATABASE_URL": database_url(), **more}
    return subprocess.Popen(worker(*options), env=environment, start_new_session=True)


def kill_worker(process: "subprocess.Popen[bytes]") -> None:
    """End it and its children as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stop_worker(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    end_open_poll()


def end_open_poll() -> None:
    """Feed the worker's last long poll: in the local cloud it outlives the worker by seconds.

    Otherwise it would take the first message of the next test.
    """
    longest = cast("float", settings.CELERY_BROKER_TRANSPORT_OPTIONS["wait_time_seconds"])
    client("sqs").send_message(QueueUrl=settings.TASKS_QUEUE_URL, MessageBody="for nobody")
    _becomes(lambda: _messages()[0] == 0, longest)


def _messages() -> list[int]:
    """Return how many wait, how many are in hand, and how many are delayed."""
    names = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]
    answer = client("sqs").get_queue_attributes(
        QueueUrl=settings.TASKS_QUEUE_URL, AttributeNames=names
    )
    return [int(answer["Attributes"][name]) for name in names]


def _becomes(question: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
