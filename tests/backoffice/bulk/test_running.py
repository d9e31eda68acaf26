"""A bulk job runs: each row once, each with its end, while whoever asked may do it."""

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adapters.errors import TryLater
from backoffice import bulk_jobs, jobs
from backoffice.bulk_jobs import CHUNK, MOST_TRIES
from backoffice.models import AuditEvent, Job, JobRow
from tenants import accounts
from tenants.models import Tenant
from tests.backoffice.bulk.conftest import FEW_MORE
from tests.backoffice.doors import do, page_url

pytestmark = pytest.mark.django_db(transaction=True)


def states() -> dict[str, int]:
    counted: dict[str, int] = {}
    for state in JobRow.objects.values_list("state", flat=True):
        counted[state] = counted.get(state, 0) + 1
    return counted


def run_one_piece(job: Job) -> Job:
    jobs.run_chunk(Job.objects.get(pk=job.pk))
    return Job.objects.get(pk=job.pk)


def run_to_the_end(job: Job) -> Job:
    while (row := run_one_piece(job)).is_unfinished:
        pass
    return row


def test_every_row_is_done_and_the_job_is_the_request_of_its_line(make_job):
    job = run_to_the_end(make_job())

    assert states() == {"done": FEW_MORE}
    assert (job.state, job.done) == ("done", FEW_MORE)
    lines = AuditEvent.objects.filter(action="suspend", request_id=f"job-{job.pk}")
    assert lines.count() == Tenant.objects.exclude(suspended_at=None).count() == FEW_MORE
    assert {(line.actor_name, line.reason) for line in lines} == {("staff", "Invoices unpaid")}


def test_the_worker_that_the_queue_wakes_does_it_all(make_job, run_tasks):
    make_job()

    run_tasks()

    assert states() == {"done": FEW_MORE}


def test_answers_reach_the_service_as_the_form_read_them(make_job):
    make_job(verb="add-grant", tier="pro", first_day=timezone.localdate().isoformat())

    run_to_the_end(Job.objects.get())

    grants = [tenant.grants.get() for tenant in Tenant.objects.all()]
    assert {(grant.tier, grant.ends_at) for grant in grants} == {("pro", None)}
    assert len(grants) == FEW_MORE


def test_a_refused_row_says_why_and_the_others_are_done(make_job):
    job = make_job()
    accounts.suspend(Tenant.objects.get(pk=JobRow.objects.get(number=3).key), accounts.Act(None))

    run_to_the_end(job)

    row = JobRow.objects.get(number=3)
    assert (row.state, row.words) == ("refused", "This account is suspended already.")
    assert states() == {"done": FEW_MORE - 1, "refused": 1}


def test_a_row_that_is_gone_is_refused(make_job):
    job = make_job()
    Tenant.objects.filter(pk=JobRow.objects.get(number=0).key).delete()

    run_to_the_end(job)

    assert JobRow.objects.get(number=0).words == "It is not there any more."


class TestRetry:
    @pytest.fixture
    def flaky(self, monkeypatch):
        """The third row's service finds AWS busy, once."""
        suspend, busy = accounts.suspend, ["Vega 0002"]

        def fail_once(tenant, act):
            if tenant.company in busy:
                busy.remove(tenant.company)
                raise TryLater("busy")
            suspend(tenant, act)

        from tenants.staff_verbs import SUSPEND

        monkeypatch.setitem(SUSPEND.__dict__, "run", fail_once)

    def test_a_failed_row_says_so_and_leaves_nothing_behind(self, flaky, make_job):
        run_to_the_end(make_job())

        row = JobRow.objects.get(state="failed")
        assert row.words == "AWS does not answer. Try again in a minute."
        assert Tenant.objects.get(pk=row.key).suspended_at is None
        assert states() == {"done": FEW_MORE - 1, "failed": 1}

    def test_the_failed_alone_are_done_again(self, flaky, make_job, staff):
        job = run_to_the_end(make_job())

        page = do(staff("operations", username="olga"), "retry-failed", job)
        job = run_to_the_end(job)

        assert "1 job does its failed rows again." in page
        assert states() == {"done": FEW_MORE}
        assert (job.state, job.done) == ("done", FEW_MORE)
        assert AuditEvent.objects.filter(action="suspend").count() == FEW_MORE

    def test_without_a_failed_row_there_is_nothing_to_try_again(self, make_job, client):
        job = run_to_the_end(make_job())

        page = do(client, "retry-failed", job)

        assert "No row of it has failed, or it is still running." in page
        assert Job.objects.get().state == "done"


class TestWhoMay:
    def test_a_right_that_was_taken_stops_the_job(self, make_job):
        job = run_one_piece(make_job())
        job.asked_by.groups.clear()

        job = run_one_piece(job)

        assert (job.state, job.error) == (
            "failed",
            "Whoever asked for this may not do it any more.",
        )
        assert states() == {"done": CHUNK, "waiting": FEW_MORE - CHUNK}

    @pytest.mark.parametrize("lost", ["is_active", "is_staff"])
    def test_who_left_the_staff_does_nothing_more(self, make_job, lost):
        job = make_job()
        type(job.asked_by).objects.update(**{lost: False})

        assert run_one_piece(job).state == "failed"
        assert states() == {"waiting": FEW_MORE}

    def test_with_the_right_back_it_is_resumed(self, make_job, client):
        job = make_job()
        job.asked_by.groups.clear()
        run_one_piece(job)
        job.asked_by.groups.add(Group.objects.get(name="support"))

        do(client, "resume", job)
        run_to_the_end(job)

        assert states() == {"done": FEW_MORE}


def test_who_asked_may_cancel_without_the_right_to_steer_jobs(make_job, client):
    job = run_one_piece(make_job())

    do(client, "cancel", job)
    run_one_piece(job)

    assert Job.objects.get().state == "cancelled"
    assert states() == {"done": CHUNK, "waiting": FEW_MORE - CHUNK}


def test_who_did_not_ask_and_may_not_steer_cannot_cancel(make_job, staff):
    job, other = make_job(), staff("support", username="sam")

    answer = do(other, "cancel", job)

    assert "cancelled" not in answer
    assert Job.objects.get().state == "waiting"


def test_a_row_that_kills_its_worker_is_left_after_some_tries(make_job, monkeypatch):
    job = make_job()
    JobRow.objects.filter(number=5).update(tries=MOST_TRIES)

    run_to_the_end(job)

    assert JobRow.objects.get(number=5).state == "failed"
    assert states() == {"done": FEW_MORE - 1, "failed": 1}


def test_a_row_that_a_slow_worker_did_is_not_done_again(make_job):
    job = make_job()
    stale = list(job.rows.all()[:1])
    run_to_the_end(job)
    verb = bulk_jobs.verb_of(job)
    tenant = Tenant.objects.get(pk=stale[0].key)

    bulk_jobs._do(stale[0], tenant, verb, accounts.Act(job.asked_by), {})

    assert AuditEvent.objects.filter(action="suspend").count() == FEW_MORE
    assert states() == {"done": FEW_MORE}


def test_a_row_costs_the_same_however_many_there_are(make_job):
    """A chunk asks for who may, the rows and their customers; a row for its try, its end, the
    service's five and the savepoints."""
    job = make_job(CHUNK * 4)

    with CaptureQueriesContext(connection) as first:
        run_one_piece(job)
    with CaptureQueriesContext(connection) as third:
        run_one_piece(run_one_piece(job))

    per_row = len(first) / CHUNK
    assert per_row <= 11
    assert len(third) <= len(first) * 2


class TestResults:
    def test_the_page_shows_what_needs_a_look_first(self, make_job, client):
        job = make_job(60)
        tenant = Tenant.objects.get(pk=JobRow.objects.get(number=55).key)
        accounts.suspend(tenant, accounts.Act(None))
        run_to_the_end(job)

        page = client.get(page_url(job))

        rows = page.context["rows"]
        assert (rows[0]["name"], rows[0]["state"]) == (tenant.company, "Refused")
        assert (len(rows), page.context["rows_left"]) == (50, 10)

    def test_the_file_has_every_row_once(self, make_job, client):
        job = run_to_the_end(make_job())

        [link] = re.findall(
            r'href="([^"]+/result/[^"]+)"', client.get(page_url(job)).content.decode()
        )
        lines = b"".join(client.get(link).streaming_content).decode().splitlines()

        assert lines[0] == "id,row,result,why"
        assert {line.split(",", 1)[1] for line in lines[1:]} == {
            f"Vega {at:04d},Done," for at in range(FEW_MORE)
        }

    def test_who_may_not_see_customers_sees_no_row_and_gets_no_file(self, make_job, staff):
        job = run_to_the_end(make_job())

        page = staff("marketing", username="mara").get(page_url(job)).content.decode()

        assert "Vega 0000" not in page
        assert "/result/" not in page
