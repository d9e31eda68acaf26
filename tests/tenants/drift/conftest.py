"""A check from beginning to end, as the worker runs it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.audit import SYSTEM
from backoffice.models import Job
from tenants.drift import checking
from tenants.models import Difference, Tenant


@pytest.fixture
def settle():
    """Let customers have been reconciled long before the check begins, as most are."""

    def settle():
        long_ago = timezone.now() - timedelta(hours=1)
        Tenant.objects.exclude(reconciled_at=None).update(reconciled_at=long_ago)

    return settle


@pytest.fixture
def look(run_tasks, settle):
    """Let a whole check run a while after everything else; return what it found, by kind."""

    def look():
        settle()
        job = checking.check(SYSTEM)
        run_tasks()
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.error
        return {row.kind: row for row in Difference.objects.all()}

    return look
