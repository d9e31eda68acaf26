"""Jobs: a real progress bar, cancel and resume, and a file for those who may have it."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.urls import reverse
from django.utils import timezone

from backoffice import result_links, views
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


def result_url(job: Job, client: Any) -> str:
    return result_links.link_to(job, client.user)


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


def done_job(codes_file: str, **fields: Any) -> Job:
    return rows.a_job(**{"state": Job.State.DONE, "result_file": codes_file, **fields})


def test_the_codes_are_downloaded_and_the_trail_says_by_whom(staff, codes_file):
    job, client = done_job(codes_file), staff("marketing")

    [link] = re.findall(r'href="([^"]+/result/[^"]+)"', client.get(page_url(job)).content.decode())
    answer = client.get(link)

    assert b"".join(answer.streaming_content) == b"AUTUMN-1\nAUTUMN-2\n"
    assert answer["Content-Disposition"] == f'attachment; filename="codes-{job.pk}.csv"'
    assert "no-store" in answer["Cache-Control"]
    event = AuditEvent.objects.get()
    assert (event.actor_name, event.action) == ("staff", "download codes")


def test_a_link_that_is_older_than_an_hour_answers_with_a_page_and_a_new_one(staff, codes_file):
    job, client = done_job(codes_file), staff("marketing")
    with time_machine.travel(timezone.now() - timedelta(minutes=61)):
        link = result_url(job, client)

    answer = client.get(link)
    [fresh] = re.findall(r'href="([^"]+/result/[^"]+)"', answer.content.decode())

    assert (answer.status_code, AuditEvent.objects.count()) == (410, 0)
    assert "This link has expired." in answer.content.decode()
    assert client.get(fresh).status_code == 200


def test_a_link_works_until_its_hour_is_over(staff, codes_file):
    job, client = done_job(codes_file), staff("marketing")
    with time_machine.travel(timezone.now() - timedelta(minutes=59)):
        link = result_url(job, client)

    assert client.get(link).status_code == 200


def test_a_colleague_s_link_gives_nothing_but_one_of_one_s_own(staff, codes_file):
    job = done_job(codes_file)
    link = result_url(job, staff("marketing", username="anna"))
    ben = staff("marketing", username="ben")

    answer = ben.get(link)

    assert answer.status_code == 403
    assert "This link was made for somebody else." in answer.content.decode()
    assert result_links.link_to(job, ben.user).split("/result/")[0] in answer.content.decode()
    assert AuditEvent.objects.count() == 0


def test_a_link_to_one_job_does_not_open_another(staff, codes_file):
    job, other, client = done_job(codes_file), done_job(codes_file), staff("marketing")

    link = result_url(job, client).replace(f"/{job.pk}/", f"/{other.pk}/")

    assert client.get(link).status_code == 403


def test_a_link_that_was_tampered_with_is_no_link(staff, codes_file):
    job, client = done_job(codes_file), staff("marketing")

    assert client.get(result_url(job, client)[:-3] + "xx/").status_code == 410


def test_a_link_is_worth_nothing_to_who_is_not_signed_in(staff, codes_file):
    job, client = done_job(codes_file), staff("marketing")
    link = result_url(job, client)
    client.logout()

    assert "/admin/login/" in client.get(link)["Location"]


def test_a_right_that_was_taken_away_takes_the_link_with_it(staff, codes_file):
    job, client = done_job(codes_file), staff("marketing")
    link = result_url(job, client)
    client.user.groups.clear()

    assert client.get(link).status_code == 403


@pytest.mark.parametrize("role", ["operations", "auditor", "support"])
def test_who_may_not_export_is_offered_no_download_and_gets_none(staff, codes_file, role):
    job = done_job(codes_file)
    client = staff(role, "view_job")

    page = client.get(page_url(job)).content.decode()
    answer = client.get(result_url(job, client))

    assert "/result/" not in page
    assert "Your role may not download it." in page
    assert answer.status_code == 403
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("state", [Job.State.RUNNING, Job.State.FAILED])
def test_an_unfinished_file_is_not_handed_out(staff, codes_file, state):
    job, client = done_job(codes_file, state=state), staff("marketing")

    assert client.get(result_url(job, client)).status_code == 404


@pytest.mark.parametrize("name", ["batches/gone/codes.csv", ""])
def test_a_file_that_is_gone_is_said_so_and_not_in_the_trail(staff, name):
    job, client = done_job(name), staff("marketing")

    answer = client.get(result_url(job, client))

    assert answer.status_code == 410
    assert "The file was deleted" in answer.content.decode()
    assert AuditEvent.objects.count() == 0


def test_a_job_whose_file_was_deleted_says_so(staff):
    job = done_job("", kind="export-codes")

    page = staff("marketing").get(page_url(job)).content.decode()

    assert "The file was deleted: it is kept for a few days." in page


def test_a_file_on_s3_is_handed_out_by_an_address_that_works_for_a_minute(staff, monkeypatch):
    class Remote(Storage):
        def url(self, name: str, parameters: dict[str, str], expire: int) -> str:
            return f"https://exports.example/{name}?{parameters} {expire}"

    monkeypatch.setattr(views, "default_storage", Remote())
    job, client = done_job("codes.csv"), staff("marketing")

    answer = client.get(result_url(job, client))

    address = unquote(answer["Location"])
    assert address.startswith("https://exports.example/codes.csv?")
    assert f'attachment; filename="codes-{job.pk}.csv"' in address
    assert address.endswith(" 60")
    assert "no-store" in answer["Cache-Control"]


def test_who_may_not_see_jobs_is_told_nothing_of_their_progress(staff):
    job = rows.a_job(state=Job.State.RUNNING)
    client = staff("view_tenant")

    assert client.get(progress_url(job)).status_code == 403
    assert client.get(page_url(job)).status_code == 403


def test_the_list_shows_state_in_words_and_progress(staff):
    rows.a_job(state=Job.State.RUNNING, done=500)

    page = staff("marketing").get(list_url(Job())).content.decode()

    assert "Running" in page
    assert 'value="25"' in page


def test_tries_are_said_while_the_job_is_under_way(staff):
    client, under_way = staff("operations"), rows.a_job()
    done = rows.a_job(state=Job.State.DONE, finished_at=timezone.now())

    assert "Tries of the present piece" in client.get(page_url(under_way)).content.decode()
    assert "Tries of the present piece" not in client.get(page_url(done)).content.decode()
