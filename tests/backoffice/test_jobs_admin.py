"""Jobs: a real progress bar, cancel and resume, and a file for those who may have it."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.urls import reverse

from backoffice import views
from backoffice.models import AuditEvent, Job
from tests.backoffice import rows
from tests.backoffice.doors import do, do_to_many, list_url, page_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def codes_file():
    name = "batches/test/codes.csv"
    default_storage.save(name, ContentFile(b"AUTUMN-1\nAUTUMN-2\n"))
    yield name
    default_storage.delete(name)


def progress_url(job: Job) -> str:
    return reverse("admin:backoffice_job_progress", args=(job.pk,))


def result_url(job: Job) -> str:
    return reverse("admin:backoffice_job_result", args=(job.pk,))


def test_a_running_job_shows_a_labelled_progress_bar_and_asks_again(staff):
    job = rows.a_job(state=Job.State.RUNNING, done=500)

    page = staff("marketing").get(page_url(job)).content.decode()

    assert '<progress class="gh-progress" max="100" value="25" aria-label="Generate codes"' in page
    assert "25 %" in page
    assert "500 of 2,000" in page
    assert f'hx-get="{progress_url(job)}" hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page


@pytest.mark.parametrize("state", [Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED])
def test_a_job_that_is_over_is_not_asked_for_again(staff, state):
    job = rows.a_job(state=state)
    client = staff("marketing")

    pages = client.get(page_url(job)).content + client.get(progress_url(job)).content

    assert progress_url(job).encode() not in pages
    assert b"http-equiv" not in pages


def test_the_end_is_announced_to_screen_readers(staff):
    job = rows.a_job(state=Job.State.DONE, done=2000)

    part = staff("marketing").get(progress_url(job)).content.decode()

    assert 'hx-swap-oob="innerHTML:#job-news">Done. Everything is done.' in part


def test_a_failed_job_says_what_happened_and_can_be_resumed(staff, run_tasks):
    job = rows.a_job(state=Job.State.FAILED, error="dynamodb: ValidationException", attempts=3)
    client = staff("operations")

    page = client.get(page_url(job)).content.decode()
    answer = do(client, "resume", job)

    assert "dynamodb: ValidationException" in page
    assert "1 job will go on." in answer
    assert Job.objects.get().state == Job.State.RUNNING
    assert AuditEvent.objects.get().action == "resume job"


def test_a_running_job_can_be_cancelled(staff):
    job = rows.a_job(state=Job.State.RUNNING)

    page = do(staff("marketing"), "cancel", job)

    assert "1 job is cancelled." in page
    assert Job.objects.get().state == Job.State.CANCELLED


def test_a_job_that_is_done_cannot_be_cancelled_and_the_page_says_why(staff):
    job = rows.a_job(state=Job.State.DONE)

    page = do_to_many(staff("marketing"), "cancel", job)

    assert "Generate codes: It is not running, so there is nothing to cancel." in page
    assert Job.objects.get().state == Job.State.DONE
    assert AuditEvent.objects.count() == 0


def test_the_codes_are_downloaded_and_the_trail_says_by_whom(staff, codes_file):
    job = rows.a_job(state=Job.State.DONE, result_file=codes_file)

    answer = staff("marketing").get(result_url(job))

    assert b"".join(answer.streaming_content) == b"AUTUMN-1\nAUTUMN-2\n"
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    event = AuditEvent.objects.get()
    assert (event.actor_name, event.action) == ("staff", "download codes")


@pytest.mark.parametrize("role", ["operations", "auditor", "support"])
def test_who_may_not_export_is_offered_no_download_and_gets_none(staff, codes_file, role):
    job = rows.a_job(state=Job.State.DONE, result_file=codes_file)
    client = staff(role, "view_job")

    page = client.get(page_url(job)).content.decode()
    answer = client.get(result_url(job))

    assert result_url(job) not in page
    assert answer.status_code == 403
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("state", [Job.State.RUNNING, Job.State.FAILED])
def test_an_unfinished_file_is_not_handed_out(staff, codes_file, state):
    job = rows.a_job(state=state, result_file=codes_file)

    assert staff("marketing").get(result_url(job)).status_code == 404


def test_a_file_that_is_gone_is_not_found_and_not_in_the_trail(staff):
    job = rows.a_job(state=Job.State.DONE, result_file="batches/gone/codes.csv")

    assert staff("marketing").get(result_url(job)).status_code == 404
    assert AuditEvent.objects.count() == 0


def test_a_file_on_s3_is_handed_out_by_its_signed_address(staff, monkeypatch):
    class Remote(Storage):
        def url(self, name: str) -> str:
            return f"https://exports.example/{name}?signed"

    monkeypatch.setattr(views, "default_storage", Remote())
    job = rows.a_job(state=Job.State.DONE, result_file="codes.csv")

    answer = staff("marketing").get(result_url(job))

    assert answer["Location"] == "https://exports.example/codes.csv?signed"
    assert "no-store" in answer["Cache-Control"]


def test_who_may_not_see_jobs_is_told_nothing_of_their_progress(staff):
    job = rows.a_job(state=Job.State.RUNNING)
    client = staff("support")

    assert client.get(progress_url(job)).status_code == 403
    assert client.get(page_url(job)).status_code == 403


def test_the_list_shows_state_in_words_and_progress(staff):
    rows.a_job(state=Job.State.RUNNING, done=500)

    page = staff("marketing").get(list_url(Job())).content.decode()

    assert "Running" in page
    assert 'value="25"' in page
