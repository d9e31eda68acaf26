"""Imports for tests: a file as staff upload it, and what became of it."""

import csv
import io
from datetime import timedelta

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from adapters.aws import client as aws
from adapters.definitions import name_of
from backoffice import job_files, jobs
from backoffice.audit import Act
from backoffice.models import Job
from campaigns import (
    generation,
    import_lines,
    imports,
)
from campaigns.eligibility import Customer
from tests.worker import waiting_tasks

ALICE = Customer("alice@example.com")


ALICE = Customer("alice@example.com")

LEASE_OVER = timedelta(minutes=1)
WEEK = timedelta(days=7, minutes=1)


class Killed(BaseException):
    """What ends a worker without asking it."""


def form(text, **fields):
    data = text if isinstance(text, bytes) else text.encode()
    values = {"max_uses": "1", "label": "Partner", "reason": "agreed with partner"}
    return {"file": SimpleUploadedFile("partner.csv", data), **values, **fields}


def upload_url(campaign):
    return reverse("admin:campaigns_codeimport_upload", args=(campaign.pk,))


def many(count, name="PARTNER"):
    return "".join(f"{name}-{number:05d}\n" for number in range(count))


def work(job, times=1):
    """Do the next chunks, as a worker whose messages are lost afterwards."""
    for _ in range(times):
        jobs.run_chunk(Job.objects.get(pk=job.pk))
    waiting_tasks()


def dies_at(monkeypatch, module, name, call=1):
    original, calls = getattr(module, name), []

    def work_until_then(*args, **kwargs):
        calls.append(args)
        if len(calls) == call:
            raise Killed
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, work_until_then)


def sweep_after_the_lease(run_tasks):
    waiting_tasks()
    Job.objects.update(leased_until=timezone.now() - LEASE_OVER)
    jobs.run_due_jobs()
    run_tasks()


def rejected(row):
    """The lines of the file that staff get."""
    text = job_files.read_text(Job.objects.get(pk=row.check_job_id).result_file)
    heading, *lines = csv.reader(io.StringIO(text))
    assert heading == ["line", "text", "reason"]
    return [(int(number), given, reason) for number, given, reason in lines]


def stored(batch=None):
    items = aws("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]
    return {
        item["code"]["S"]
        for item in items
        if "batch" in item and (batch is None or item["batch"]["S"] == batch.public_id)
    }


def listed(batch):
    with default_storage.open(generation.export_file(batch)) as lines:
        return lines.read().decode().splitlines()


def left_files(folder=""):
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    below = [name for each in folders for name in left_files(f"{folder}/{each}".lstrip("/"))]
    return sorted([f"{folder}/{name}" for name in names] + below)


def upload(campaign, text, *, max_uses=1):
    """Bring a file in, as its form does; the worker has not looked at it yet."""
    return imports.start_import(
        campaign,
        text=text,
        lines=import_lines.count_lines(text),
        file_name="partner.csv",
        label="Partner",
        max_uses=max_uses,
        act=Act(None, "agreed"),
    )
