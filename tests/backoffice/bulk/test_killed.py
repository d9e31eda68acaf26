"""A worker dies by kill -9 within a row; the next one does every row once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice import jobs
from backoffice.models import AuditEvent, Job, JobRow
from tenants.models import Tenant
from tests.backoffice.bulk.conftest import FEW_MORE
from tests.killed_bulk_job import kill_at_audit_line

pytestmark = pytest.mark.django_db(transaction=True)


def finish_as_another_worker() -> None:
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    while (job := Job.objects.get()).is_unfinished:
        jobs.run_chunk(job)


@pytest.mark.parametrize(
    ("nth", "when"), [(1, "before"), (7, "after"), (7, "returned"), (26, "before")]
)
def test_every_row_is_done_once_although_the_worker_was_killed(make_job, nth, when):
    job = make_job()

    ended = kill_at_audit_line(job, nth, when)
    done = JobRow.objects.filter(state="done").count()
    finish_as_another_worker()

    assert (ended, done) == (-9, nth - 1)
    lines = AuditEvent.objects.filter(action="suspend").values_list("target_id", flat=True)
    assert sorted(lines) == sorted(Tenant.objects.values_list("pk", flat=True))
    assert Tenant.objects.exclude(suspended_at=None).count() == FEW_MORE
    assert Job.objects.get().done == FEW_MORE
    # Whoever did a row a second time would have been refused.
    assert not JobRow.objects.exclude(state="done").exists()
