"""`generate_codes`: the codes, one a line, and nothing else."""

import io
import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from adapters.aws import client
from adapters.definitions import name_of
from backoffice import jobs
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from campaigns import generation, rules
from campaigns.models import Batch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(generation, "CHUNK", 10)


@pytest.fixture
def generate(run_tasks):
    """Run the command while a worker is at work; return what it wrote to stdout and stderr."""

    def generate(*arguments, worker=run_tasks):
        out, err, failures = io.StringIO(), io.StringIO(), []

        def command():
            try:
                call_command("generate_codes", *arguments, stdout=out, stderr=err)
            except BaseException as error:
                failures.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=command)
        thread.start()
        deadline = time.monotonic() + 30
        while thread.is_alive() and time.monotonic() < deadline:
            worker()
            thread.join(0.05)
        assert not thread.is_alive()
        if failures:
            raise failures[0]
        return out.getvalue(), err.getvalue()

    return generate


def stored():
    items = client("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]
    return {item["code"]["S"]: item for item in items if "batch" in item}


def test_stdout_is_one_code_a_line_and_nothing_else(make_campaign, generate):
    make_campaign()

    out, err = generate("autumn-launch", "--count", "25")

    assert out.endswith("\n")
    lines = out.split("\n")[:-1]
    assert len(lines) == 25
    assert {rules.normalise(line) for line in lines} == stored().keys()
    assert all(line == line.strip() for line in lines)
    assert err == ""


def test_codes_go_into_a_file_and_stdout_stays_empty(make_campaign, generate, tmp_path):
    make_campaign()
    target = tmp_path / "codes.csv"

    out, err = generate("autumn-launch", "--count", "12", "--output", str(target))

    lines = target.read_text().split("\n")
    assert {rules.normalise(line) for line in lines[:-1]} == stored().keys()
    assert (len(lines), lines[-1]) == (13, "")
    assert (out, err) == ("", "")


def test_a_file_that_cannot_be_written_is_said_before_a_code_is_made(make_campaign, generate):
    make_campaign()

    with pytest.raises(CommandError, match="cannot be written"):
        generate("autumn-launch", "--count", "1", "--output", "/nowhere/at/all.csv")

    assert Batch.objects.count() == 0


def test_the_campaign_says_how_often_a_code_can_be_used(make_campaign, generate):
    make_campaign(default_max_uses=5)

    generate("autumn-launch", "--count", "1")

    assert [item["max_uses"]["N"] for item in stored().values()] == ["5"]


def test_the_option_has_the_last_word_on_uses(make_campaign, generate):
    make_campaign(default_max_uses=5)

    generate("autumn-launch", "--count", "1", "--max-uses", "3")

    assert [item["max_uses"]["N"] for item in stored().values()] == ["3"]


def test_an_unknown_campaign_names_the_known_ones(make_campaign, generate):
    make_campaign(slug="autumn-launch")
    make_campaign(slug="winter-launch")

    with pytest.raises(CommandError) as refused:
        generate("spring-launch", "--count", "1")

    assert "spring-launch" in str(refused.value)
    assert "autumn-launch" in str(refused.value)
    assert "winter-launch" in str(refused.value)


def test_without_any_campaign_it_says_so(generate):
    with pytest.raises(CommandError, match="none yet"):
        generate("spring-launch", "--count", "1")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--count", "0"),
        ("--count", "-1"),
        ("--count", "1000001"),
        ("--count", "ten"),
        ("--count", "1", "--max-uses", "0"),
        ("--count", "1", "--max-uses", "-1"),
        ("--count", "1", "--max-uses", "1000001"),
        (),
    ],
    ids=" ".join,
)
def test_a_bad_number_is_refused_and_makes_nothing(make_campaign, generate, arguments):
    make_campaign()

    with pytest.raises(CommandError, match="--count|--max-uses"):
        generate("autumn-launch", *arguments)

    assert Batch.objects.count() == 0


def test_a_job_that_is_cancelled_ends_the_command_without_a_code(make_campaign, generate):
    make_campaign()

    def cancel():
        for job in Job.objects.all():
            jobs.cancel(job, SYSTEM)

    with pytest.raises(CommandError, match="cancelled"):
        generate("autumn-launch", "--count", "25", worker=cancel)


def test_a_job_that_failed_says_why(make_campaign, generate):
    make_campaign()

    def fail():
        Job.objects.update(state=Job.State.FAILED, error="dynamodb PutItem: AccessDenied")

    with pytest.raises(CommandError, match="dynamodb PutItem: AccessDenied"):
        generate("autumn-launch", "--count", "25", worker=fail)


def test_the_batch_is_in_the_audit_trail(make_campaign, generate):
    make_campaign()

    generate("autumn-launch", "--count", "1")

    event = AuditEvent.objects.get(action="start generate-codes")
    assert event.actor_name == "gatehouse"
