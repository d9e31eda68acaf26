"""A large batch by the real worker, which is killed with -9 on the way: none lost, none doubled."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from adapters.aws import client
from adapters.definitions import name_of
from backoffice import jobs
from backoffice.audit import SYSTEM
from backoffice.models import Job
from campaigns import batches, generation, redemptions, rules
from campaigns.errors import CodeRevoked
from campaigns.models import Batch
from tests.campaigns.batch_of_codes import asked_of_dynamodb
from tests.celery_worker import end_open_poll, kill_worker, start_worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch(make_campaign: Callable[..., Any], is_long: bool) -> Iterator[Batch]:
    """A batch that nobody has begun to make; its files go with the test."""
    count = 100_000 if is_long else 3_000
    batch = generation.generate_codes(make_campaign(), count=count, max_uses=1, act=SYSTEM)
    yield batch
    shutil.rmtree(list_of(batch).parent, ignore_errors=True)


def list_of(batch: Batch) -> Path:
    return Path(settings.EXPORTS_DIR / generation.export_file(batch))


def stored(batch: Batch) -> list[str]:
    """Return the codes of the batch that are in DynamoDB."""
    pages = (
        client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=name_of("promo-codes"),
            ProjectionExpression="code",
            FilterExpression="#batch = :batch",
            ExpressionAttributeNames={"#batch": "batch"},
            ExpressionAttributeValues={":batch": {"S": batch.public_id}},
        )
    )
    return [item["code"]["S"] for page in pages for item in page["Items"]]


class Watch:
    """Looks at the job as its page does, and notes what it sees."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: list[int] = []

    def until(self, question: Callable[[Job], bool]) -> None:
        deadline = time.monotonic() + 3000
        while not question(self.job):
            assert time.monotonic() < deadline, f"the job stands still: {self.seen[-1:]}"
            time.sleep(0.2)
            jobs.run_due_jobs()
            self.job = Job.objects.get(pk=self.job.pk)
            if self.job.done not in self.seen[-1:]:
                self.seen.append(self.job.done)


@pytest.mark.timeout(3600)
def test_a_worker_killed_on_the_way_costs_and_doubles_no_code(batch, is_long, record_property):
    started, watch = time.monotonic(), Watch(batch.job)

    worker = start_worker()
    watch.until(lambda job: job.done >= batch.count // 3)
    kill_worker(worker)
    done_before = Job.objects.get(pk=batch.job_id).done
    if not is_long:  # the lease of the dead worker; the long run waits for its end
        Job.objects.update(leased_until=timezone.now())
    worker = start_worker()
    try:
        watch.until(lambda job: job.state == Job.State.DONE)
    finally:
        kill_worker(worker)
        end_open_poll()

    codes = stored(batch)
    lines = list_of(batch).read_text().split()
    batch.refresh_from_db()
    record_property(
        "figures",
        f"{batch.count:,} codes in {time.monotonic() - started:.0f} s, killed at {done_before:,}; "
        f"{len(watch.seen)} steps of progress; {len(codes):,} stored, {len(set(lines)):,} listed",
    )
    assert 0 < done_before < batch.count
    assert watch.seen == sorted(watch.seen)
    assert len(watch.seen) >= batch.count // generation.CHUNK // 2
    assert (batch.state, batch.seed) == (Batch.State.READY, "")
    assert len(codes) == len(set(codes)) == len(lines) == batch.count
    assert {rules.normalise(line) for line in lines} == set(codes)
    revoked_in_one_write(batch, lines[-1])


def revoked_in_one_write(batch: Batch, code: str) -> None:
    assert redemptions.check_code(code, now=timezone.now()).refusal is None
    with asked_of_dynamodb() as asked:
        batches.revoke_batch(batch, SYSTEM)

    assert asked == ["PutItem"]
    assert isinstance(redemptions.check_code(code, now=timezone.now()).refusal, CodeRevoked)
