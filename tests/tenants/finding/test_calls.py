"""Support pastes the request id of an answer of the API and sees the call that it was of."""

import json
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import requests
import time_machine
from django.urls import reverse

from adapters import access_log, key_values, pacing
from adapters.access_log import LoggedCall, log_group
from adapters.definitions import definition
from adapters.errors import TryLater
from backoffice import jobs
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from localcloud import log_searches
from tenants.finding import calls
from tenants.finding.call_words import REFUSALS, verdict_on
from tenants.models import ApiKey
from tests.backoffice import rows
from tests.backoffice.doors import page_url
from tests.outages import failing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]

FIND = reverse("admin:tenants_find")
LOOK = reverse("admin:tenants_find_call")
NOBODYS = "AAAAAAAAAAAAAAA="


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Every turn is now; the one test of turns asks for them itself."""
    monkeypatch.setattr(pacing, "take_turn", lambda *_args, now, **_rest: now)


@pytest.fixture
def refused(cloud):
    """The id of a call without a token, a moment ago."""
    return requests.get(f"{cloud.addresses.api}/v1/me", timeout=10).json()["request_id"]


@pytest.fixture
def write_line(cloud):
    """Write a line of the log, of a call so long ago."""
    logs = boto3.client("logs")

    def write(request_id=NOBODYS, *, ago=timedelta(), **told):
        at = datetime.now(UTC) - ago
        line = dict.fromkeys(definition("access_log")["line"], "-")
        line |= {"time": str(int(at.timestamp() * 1000)), "request_id": request_id}
        line |= {"method": "POST", "resource": "/v1/solve", "status": "403", "latency": "12"}
        line |= {name: str(value) for name, value in told.items()}
        text = json.dumps(line)
        event = {"timestamp": int(at.timestamp() * 1000), "message": text}
        names = {"logGroupName": log_group(), "logStreamName": "old"}
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(**names)
        logs.put_log_events(**names, logEvents=[event])

    return write


def look(client, request_id, *, hours=calls.HOUR):
    form = {"request_id": request_id, "hours": hours, "ticket": secrets.token_hex(16)}
    return client.post(LOOK, form)


def test_from_the_pasted_id_to_the_call(staff, run_tasks, refused):
    client = staff("support")

    found = client.post(FIND, {"quoted": f" {refused} "})
    form = found.context["call_form"]
    begun = look(client, form.initial["request_id"])
    run_tasks()
    page = client.get(begun.url).content.decode()

    assert "Was it an answer of the API?" in found.content.decode()
    assert begun.url == page_url(Job.objects.get())
    assert "No valid ID token came with it" in page
    assert "Have them sign in again" in page
    for fact in ("401", "GET /v1/me", "UNAUTHORIZED", refused, "None was recognised"):
        assert fact in page
    assert Job.objects.get().state == Job.State.DONE


def test_the_call_says_whose_key_it_was_and_leads_to_the_customer(staff, run_tasks, write_line):
    tenant = rows.a_customer()
    tenant.keys.update(key_id="k3yid00001")
    write_line(status=429, refused_by="QUOTA_EXCEEDED", key_id="k3yid00001", tenant_id=tenant.pk)
    client = staff("support")

    begun = look(client, NOBODYS)
    run_tasks()
    page = client.get(begun.url)

    assert page.context["customer"] == tenant
    assert page.context["key_owner"] is None
    text = page.content.decode()
    for fact in (page_url(tenant), "…yz89", page_url(ApiKey.objects.get()), "12 ms", "quota"):
        assert fact in text


def test_a_key_leads_to_its_customer_where_the_token_told_nothing(staff, run_tasks, write_line):
    tenant = rows.a_customer()
    tenant.keys.update(key_id="k3yid00001")
    write_line(status=429, refused_by="THROTTLED", key_id="k3yid00001")
    client = staff("support")

    begun = look(client, NOBODYS)
    run_tasks()

    assert client.get(begun.url).context["customer"] == tenant


def test_token_and_key_of_two_customers_are_both_named(staff, run_tasks, write_line):
    ames, burr = rows.a_customer(), rows.a_customer("Burr Tools", "bob@burr.example")
    burr.keys.update(key_id="k3yid00002")
    write_line(key_id="k3yid00002", tenant_id=ames.pk)
    client = staff("support")

    begun = look(client, NOBODYS)
    run_tasks()
    page = client.get(begun.url)

    assert (page.context["customer"], page.context["key_owner"]) == (ames, burr)
    assert "Token and key are of different customers" in page.content.decode()
    assert "key_of_another_tenant" in [code for code, _title in page.context["codes"]]


def test_the_newest_hour_first_then_six_at_a_time(run_tasks, write_line, monkeypatch):
    spans = []
    original = access_log.look_for_call

    def look_for_call(request_id, *, since, until=None, token=""):
        spans.append((since, until))
        return original(request_id, since=since, until=until, token=token)

    monkeypatch.setattr(access_log, "look_for_call", look_for_call)
    job = calls.look_for(NOBODYS, hours=calls.DAY, act=SYSTEM)

    run_tasks()

    began = job.created_at
    hours = [0, 1, 7, 13, 19, 24]
    edges = [began - timedelta(hours=hour) for hour in hours]
    assert spans == [(edges[1], None), *((edges[n + 1], edges[n]) for n in range(1, 5))]
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (Job.State.DONE, 24, 24)


@pytest.mark.parametrize(("ago", "looked_at"), [(30, 1), (200, 7), (10_000, 168)])
def test_it_stops_where_it_has_found_it(run_tasks, write_line, ago, looked_at):
    write_line(ago=timedelta(minutes=ago))
    job = calls.look_for(NOBODYS, hours=calls.WEEK, act=SYSTEM)

    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (Job.State.DONE, looked_at, looked_at)
    assert calls.call_of(job).request_id == NOBODYS


def test_pages_of_many_lines_are_pieces_of_one_job(run_tasks, write_line, monkeypatch):
    monkeypatch.setattr(log_searches, "LINES_A_PAGE", 1)
    monkeypatch.setattr(calls, "PAGES_AT_ONCE", 2)
    for number in range(7):
        write_line(f"{number:015d}=", ago=timedelta(minutes=30 - number))
    job = calls.look_for(f"{6:015d}=", hours=calls.HOUR, act=SYSTEM)

    run_tasks()

    job.refresh_from_db()
    assert calls.call_of(job) is not None
    assert (job.state, job.next_chunk, job.percent) == (Job.State.DONE, 4, 100)


def test_a_piece_that_is_done_again_changes_nothing(run_tasks, write_line, monkeypatch):
    monkeypatch.setattr(calls, "PAGES_AT_ONCE", 1)
    write_line(ago=timedelta(hours=2))
    job = calls.look_for(NOBODYS, hours=calls.DAY, act=SYSTEM)
    calls.do_pages(Job.objects.get(pk=job.pk), 0)  # and the worker dies before it says so

    run_tasks()

    job.refresh_from_db()
    assert calls.call_of(job) is not None
    assert (job.state, job.done, job.total) == (Job.State.DONE, 7, 7)


def test_a_place_of_long_ago_is_not_gone_back_to(run_tasks, write_line, monkeypatch):
    monkeypatch.setattr(log_searches, "LINES_A_PAGE", 1)
    monkeypatch.setattr(calls, "PAGES_AT_ONCE", 1)
    tokens = []
    original = access_log.look_for_call

    def look_for_call(request_id, *, since, until=None, token=""):
        tokens.append(token)
        return original(request_id, since=since, until=until, token=token)

    monkeypatch.setattr(access_log, "look_for_call", look_for_call)
    for number in range(3):
        write_line(f"{number:015d}=", ago=timedelta(minutes=30 - number))
    job = calls.look_for(NOBODYS, hours=calls.HOUR, act=SYSTEM)
    calls.do_pages(Job.objects.get(pk=job.pk), 0)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=21)):
        calls.do_pages(Job.objects.get(pk=job.pk), 0)

    assert tokens == ["", ""]


def test_not_found_says_what_it_can_mean_and_offers_to_look_further(staff, run_tasks, refused):
    client = staff("support")

    begun = look(client, NOBODYS)
    run_tasks()
    page = client.get(begun.url)

    assert "Not found in that time" in page.content.decode()
    assert "In the last hour. That can mean:" in page.content.decode()
    assert page.context["call_form"].initial["hours"] == calls.DAY


def test_a_refusal_of_aws_for_too_many_searches_is_tried_again(run_tasks, write_line):
    write_line()
    job = calls.look_for(NOBODYS, hours=calls.HOUR, act=SYSTEM)
    with failing("logs", "FilterLogEvents", "ThrottlingException"):
        run_tasks()
    job.refresh_from_db()
    state, error = job.state, job.error

    jobs.run_due_jobs()
    run_tasks()

    job.refresh_from_db()
    assert (state, "ThrottlingException" in error) == (Job.State.RUNNING, True)
    assert calls.call_of(job) is not None


def test_others_turns_are_waited_for_and_too_many_are_tried_later(run_tasks, monkeypatch):
    def take_turn(*_args, until, line, per_second, **_rest):
        assert (line, per_second) == ("access-log", 2.5)
        raise pacing.TooFarAhead(until)

    monkeypatch.setattr(pacing, "take_turn", take_turn)
    job = calls.look_for(NOBODYS, hours=calls.HOUR, act=SYSTEM)

    with pytest.raises(TryLater):
        calls.do_pages(job, 0)


def test_a_stage_without_a_log_says_so(run_tasks):
    boto3.client("logs").delete_log_group(logGroupName=log_group())
    job = calls.look_for(NOBODYS, hours=calls.HOUR, act=SYSTEM)

    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "This stage has no access log of its API.")


def test_a_cancelled_look_looks_no_further(staff, run_tasks):
    client = staff("support")
    look(client, NOBODYS, hours=calls.WEEK)
    job = Job.objects.get()

    assert jobs.cancel(job, SYSTEM)
    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.CANCELLED, 0)


def test_it_is_in_the_audit_trail_with_the_id(staff):
    client = staff("support")

    look(client, NOBODYS)

    event = AuditEvent.objects.get(action="start find-call")
    assert event.actor == client.user
    assert NOBODYS in event.target_name


def test_the_same_button_pressed_twice_is_one_job(staff):
    client = staff("support")
    form = {"request_id": NOBODYS, "hours": calls.HOUR, "ticket": secrets.token_hex(16)}

    first, second = client.post(LOOK, form), client.post(LOOK, form)

    assert first.url == second.url
    assert Job.objects.count() == 1


def test_who_may_not_find_customers_neither_looks_nor_sees(staff, run_tasks, refused):
    begun = look(staff("support"), refused)
    run_tasks()
    other = staff("marketing", username="mary")

    page = other.get(begun.url)

    assert look(other, refused).status_code == 403
    assert page.status_code == 200
    assert "UNAUTHORIZED" not in page.content.decode()


@pytest.mark.parametrize(
    "text",
    ["Ames", "alice@example.com", pytest.param(key_values.draw_value("test"), id="a key")],
)
def test_what_is_no_request_id_offers_no_look(staff, text):
    page = staff("support").post(FIND, {"quoted": text})

    assert page.context["call_form"] is None
    assert "Look in the log" not in page.content.decode()


def test_what_is_no_request_id_is_not_looked_for(staff):
    answer = look(staff("support"), 'x" || $.status = "2*')

    assert answer.url == FIND
    assert not Job.objects.exists()


def test_only_a_post_looks(staff):
    assert staff("support").get(LOOK).status_code == 405


def a_call(**fields):
    values = {"method": "POST", "resource": "/v1/solve", "status": 403}
    return LoggedCall(at=datetime.now(UTC), request_id=NOBODYS, **{**values, **fields})


def test_every_refusal_of_the_gateway_has_words():
    assert definition("api")["gateway_responses"].keys() <= REFUSALS.keys()
    for kind in REFUSALS:
        assert verdict_on(a_call(refused_by=kind)) is REFUSALS[kind]
        assert REFUSALS[kind].helps


@pytest.mark.parametrize(("status", "rest"), [(403, "DEFAULT_4XX"), (502, "DEFAULT_5XX")])
def test_a_refusal_that_is_new_is_named_by_its_status(status, rest):
    assert verdict_on(a_call(refused_by="NEW", status=status)) is REFUSALS[rest]


def test_what_our_function_refused_is_one_of_its_own_codes():
    verdict = verdict_on(a_call(status=403))

    assert set(verdict.codes) == {
        "key_unknown",
        "key_of_another_tenant",
        "access_closed",
        "key_ended",
        "permission_missing",
    }
    assert verdict_on(a_call(status=503)).codes == ("try_again",)


def test_a_call_that_was_served_says_so():
    assert (verdict_on(a_call(status=200)).colour, verdict_on(a_call(status=500)).colour) == (
        "success",
        "danger",
    )
