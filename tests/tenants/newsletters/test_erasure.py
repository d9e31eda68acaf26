"""Whoever is erased is deleted at each newsletter platform, or named to be deleted by hand."""

import pytest

from backoffice import jobs
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from tenants.models import NewsletterSubscription
from tenants.newsletters.lines import line_of
from tenants.privacy import erasing
from tests.tenants.newsletters.steps import ALICE

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_person_is_gone_from_the_platform(connection, come, there, run_tasks):
    come()
    assert there.standing(ALICE) == there.active

    erasing.erase_person(ALICE, SYSTEM)
    run_tasks()

    is_kit = connection.kind == "kit"
    assert there.standing(ALICE) == (there.opted_out if is_kit else "absent")
    left = AuditEvent.objects.get(action="person erased").after["left by hand"]
    assert left == (["News by kit"] if is_kit else [])
    assert not NewsletterSubscription.objects.exists()


def test_a_platform_that_is_away_is_asked_again(connection, come, there, run_tasks):
    come()
    there.fail(503, times=2)

    job = erasing.erase_person(ALICE, SYSTEM)
    run_tasks()
    job.refresh_from_db()
    assert job.is_unfinished
    for _ in range(9):
        jobs.run_chunk(Job.objects.get(pk=job.pk))

    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert there.standing(ALICE) in ("absent", there.opted_out)


def test_whom_the_platform_has_never_had_is_no_trouble(connection, come, there):
    line = line_of(connection, lambda: None)

    assert line.erase("nobody@example.com") is True
    assert line.erase("nobody@example.com") is True
