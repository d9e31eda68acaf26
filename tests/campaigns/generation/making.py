"""Batches for tests: made chunk by chunk, and what came of it."""

from datetime import timedelta

from django.core.files.storage import default_storage

from adapters.aws import client
from adapters.definitions import name_of
from backoffice import jobs
from backoffice.models import Job
from campaigns import generation, rules
from tests.worker import waiting_tasks

LEASE_OVER = timedelta(minutes=1)


class Killed(BaseException):
    """What ends a worker without asking it."""


def work(batch, times=1):
    """Do the next chunks of the batch, as a worker whose messages are lost afterwards."""
    for _ in range(times):
        jobs.run_chunk(Job.objects.get(pk=batch.job_id))
    waiting_tasks()


def listed(batch):
    with default_storage.open(generation.export_file(batch)) as lines:
        return lines.read().decode().splitlines()


def stored(batch=None):
    items = client("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]
    codes = [item for item in items if "batch" in item]
    return {
        item["code"]["S"]
        for item in codes
        if batch is None or item["batch"]["S"] == batch.public_id
    }


def raw():
    items = client("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]
    return sorted((item for item in items if "batch" in item), key=lambda item: item["code"]["S"])


def next_code(batch, chunk=0, place=0):
    prefix = rules.normalise_prefix(batch.prefix)
    drawn = rules.draw_codes(prefix, bytes.fromhex(batch.seed), chunk)
    return [next(drawn) for _ in range(place + 1)][place]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def files():
    return [name for _, _, names in default_storage_walk() for name in names]


def default_storage_walk(folder="batches"):
    folders, names = default_storage.listdir(folder)
    yield folder, folders, names
    for each in folders:
        yield from default_storage_walk(f"{folder}/{each}")
