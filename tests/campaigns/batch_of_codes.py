"""Batches for tests, made by their job, and what AWS was asked meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.storage import default_storage

from adapters.aws import client
from backoffice import jobs
from backoffice.audit import SYSTEM
from backoffice.models import Job
from campaigns import generation
from campaigns.models import Batch, Campaign
from tests.worker import waiting_tasks


def start_batch(campaign: Campaign, *, count: int = 3, **fields: Any) -> Batch:
    """Start a batch whose messages are lost: the test does its chunks."""
    values = {"count": count, "max_uses": 1, **fields}
    batch = generation.generate_codes(campaign, act=SYSTEM, **values)
    waiting_tasks()
    return batch


def do_chunks(batch: Batch, times: int = 1) -> None:
    for _ in range(times):
        jobs.run_chunk(Job.objects.get(pk=batch.job_id))
    waiting_tasks()


def make_batch(campaign: Campaign, *, count: int = 3, **fields: Any) -> Batch:
    """Return a batch whose codes are all made."""
    batch = start_batch(campaign, count=count, **fields)
    do_chunks(batch, batch.job.chunks + 1)
    return Batch.objects.get(pk=batch.pk)


def codes_of(batch: Batch) -> list[str]:
    """Return the codes of a finished batch as people read them."""
    with default_storage.open(generation.export_file(batch)) as lines:
        return str(lines.read().decode()).splitlines()


@contextmanager
def asked_of_dynamodb() -> Iterator[list[str]]:
    """Give the names of the operations that DynamoDB is asked for."""
    asked: list[str] = []

    def note(model: Any, **_: Any) -> None:
        asked.append(model.name)

    events = client("dynamodb").meta.events
    events.register("before-call.dynamodb", note)
    try:
        yield asked
    finally:
        events.unregister("before-call.dynamodb", note)
