"""The portal's door on Lambda: what is served, and what is refused before anything is used."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from portal import lambda_entry
from portal.lambda_entry import NotServed, handler
from tenants import tasks
from tests.worker import as_record, take_messages

REQUEST = {"httpMethod": "GET", "path": "/", "headers": {}, "requestContext": {}}


@pytest.fixture
def zappa(monkeypatch):
    seen = []
    monkeypatch.setattr(lambda_entry, "_ask_zappa", lambda event, context: seen.append(event))
    return seen


@pytest.fixture
def swept(monkeypatch):
    runs = []
    monkeypatch.setattr(tasks.sweep, "run_due", lambda: runs.append("swept"))
    return runs


def rule(name):
    arn = f"arn:aws:events:eu-central-1:123456789012:rule/{name}"
    return {"detail-type": "Scheduled Event", "source": "aws.events", "resources": [arn]}


def test_a_request_goes_to_zappa(zappa):
    handler(REQUEST, None)

    assert zappa == [REQUEST]


@pytest.mark.parametrize("command", ["migrate", "check", "ensure_roles"])
def test_what_a_deployment_runs_goes_to_zappa(zappa, command):
    handler({"manage": command}, None)

    assert zappa == [{"manage": command}]


def test_a_deployment_may_ask_which_migrations_ran(db, zappa):
    told = handler({"ask": "schema"}, None)

    assert "tenants.0001_initial" in told["applied"]
    assert (told["missing"], zappa) == ([], [])


def test_a_migration_that_did_not_run_is_said_to_be_missing(db):
    MigrationRecorder(connection).record_unapplied("tenants", "0001_initial")

    assert handler({"ask": "schema"}, None)["missing"] == ["tenants.0001_initial"]


@pytest.mark.parametrize(
    "event", [{"task": "tenants.tasks.run_due"}, rule("gatehouse-local-run-due")]
)
def test_the_schedule_runs_its_task(db, swept, zappa, event):
    answer = handler(event, None)

    assert (answer, swept, zappa) == ({"ran": "tenants.tasks.run_due"}, ["swept"], [])


def test_a_scheduled_task_that_fails_is_seen_by_lambda(db, monkeypatch):
    def fail():
        raise OSError("no")

    monkeypatch.setattr(tasks.sweep, "run_due", fail)

    with pytest.raises(OSError, match="no"):
        handler({"task": "tenants.tasks.run_due"}, None)


def test_messages_go_to_the_tasks(db, swept, zappa):
    tasks.run_due.delay()
    records = [as_record(message) for message in take_messages()]

    answer = handler({"Records": records}, None)

    assert (answer, swept, zappa) == ({"batchItemFailures": []}, ["swept"], [])


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"raw_command": "print(1)"},
        {"command": "os.getcwd"},
        {"manage": "flush --noinput"},
        {"manage": "migrate tenants zero"},
        {"manage": "migrate", "raw_command": "print(1)"},
        {"manage": ["migrate"]},
        {"task": "tenants.tasks.deliver_message"},
        {"task": "tenants.tasks.run_due", "args": [1]},
        {"task": ["tenants.tasks.run_due"]},
        {**REQUEST, "command": "os.getcwd"},
        {**REQUEST, "Records": []},
        {"httpMethod": "GET"},
        rule("gatehouse-production-run-due"),
        rule("anything-tenants.tasks.run_due"),
        {"Records": []},
        {"Records": [{"Sns": {"Message": '{"command": "os.getcwd"}'}}]},
        {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "{}"}}]},
        {"Records": [{"eventSource": "aws:s3"}]},
        {"Records": [{"eventSource": "aws:sqs"}, {"eventSource": "aws:s3"}]},
        {"triggerSource": "PreSignUp_SignUp"},
        {"type": "TOKEN", "authorizationToken": "x"},
        {"awslogs": {"data": "x"}},
        {"bot": {"name": "x"}},
        {"version": "2.0", "rawPath": "/", "requestContext": {}},
    ],
)
def test_everything_else_is_refused(zappa, swept, event):
    with pytest.raises(NotServed):
        handler(event, None)

    assert (zappa, swept) == ([], [])


def test_a_refusal_repeats_nothing_of_the_event():
    with pytest.raises(NotServed) as refused:
        handler({"raw_command": "print('a secret')"}, None)

    assert "secret" not in str(refused.value)
