"""Dead letters: staff see what was given up, send it again or discard it, and lose nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings

from adapters import queues
from adapters.aws import client as aws
from adapters.errors import Refused, TryLater
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from portal import dead_letters
from portal.celery import app
from portal.dead_letters import Chosen
from tenants import tasks
from tenants.models import Message
from tests.crashes import Point, calls_of, strike
from tests.customers import sign_up
from tests.dead_letters import (
    MOST_RECEIPTS,
    a_message,
    dead,
    dead_queue,
    give_up,
    give_up_on,
    put_dead,
)
from tests.outages import failing, unreachable
from tests.portal.dead_letter_pages import LIST, confirm, discard_url, see
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parent.parent.parent
SEND_AGAIN = f"{LIST}tasks/send-again/"
TENANT_ID = "0b9f2c1e-6a38-4c53-9a39-0f0f5a3f7c11"


def test_with_nothing_given_up_the_page_says_so(staff):
    page = see(staff("operations"))

    assert "Nothing was given up." in page
    assert SEND_AGAIN not in page


def test_a_line_names_the_task_in_words_with_its_id_and_its_receipts(staff):
    tasks.deliver_message.delay(4711)
    give_up()

    page = see(staff("operations"))

    assert "Send a mail" in page
    assert "tenants.tasks.deliver_message(4711)" in page
    assert f"handed out {MOST_RECEIPTS + 1} times" in page
    assert "1 was given up." in page
    assert "Unreadable" not in page


def test_every_task_of_ours_has_words():
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith(("celery.", "tests."))}

    assert ours == set(dead_letters.WORDS)


def test_ids_are_shown_and_everything_else_is_masked(staff):
    secrets = ["AUTUMN-2X4Y", "0123456789abcdef0123456789abcdef", ["AUTUMN"], None]
    put_dead(a_message(args=[TENANT_ID, 12, *secrets], code="AUTUMN-2X4Y", job_id=7))

    page = see(staff("operations"))

    shown = f"({TENANT_ID}, 12, •••, •••, •••, •••, code=•••, job_id=7)"
    assert f"tenants.tasks.deliver_message{shown}" in page
    assert "AUTUMN" not in page
    assert "0123456789abcdef" not in page


@pytest.mark.parametrize(
    "body",
    [
        "nonsense with a secret",
        "{}",
        "[]",
        a_message(args="secret"),
        a_message(task="<secret>"),
        a_message(task=["secret"]),
        a_message(headers={"eta": "secret"}),
    ],
)
def test_what_nobody_can_read_is_called_unreadable_and_not_shown(staff, body):
    give_up_on(body)

    page = see(staff("operations"))

    assert "Unreadable" in page
    assert "secret" not in page


def test_a_task_that_this_version_does_not_know_is_named(staff):
    put_dead(a_message(task="tenants.tasks.of_tomorrow"))

    page = see(staff("operations"))

    assert "An unknown task" in page
    assert "tenants.tasks.of_tomorrow" in page


def test_a_portal_that_has_queued_nothing_yet_knows_the_tasks():
    put_dead(a_message())
    script = "import django; django.setup(); from portal import dead_letters as d;"
    script += "print([one.task for one in d.look('tasks').given_up if one.is_readable])"

    answer = subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True)

    assert answer.strip() == "['tenants.tasks.deliver_message']"


def test_of_many_the_first_are_shown_and_all_are_counted(staff):
    put_dead(*(a_message(args=[number]) for number in range(dead_letters.MOST_SHOWN + 3)))

    page = see(staff("operations"))

    assert "About 53 were given up; 50 are shown." in page
    assert page.count('data-testid="dead-letter"') == dead_letters.MOST_SHOWN


def test_while_somebody_else_looks_the_page_does_not_say_that_nothing_is_there(staff):
    put_dead(a_message())

    with queues.holding(dead_queue(), most=10):
        page = see(staff("operations"))

    assert "Somebody else looks at them at this moment." in page
    assert "Nothing was given up." not in page


def test_without_sqs_the_page_is_calm(staff):
    error = EndpointConnectionError(endpoint_url=settings.TASKS_QUEUE_URL)

    with unreachable("sqs", error):
        answer = staff("operations").get(LIST)

    assert answer.status_code == 503
    assert "SQS does not answer. Nothing is lost" in answer.content.decode()


def test_if_sqs_refuses_us_the_page_says_whom_to_tell(staff):
    with failing("sqs", "ReceiveMessage", "AccessDenied"):
        page = see(staff("operations"))

    assert "SQS refused this. Tell operations" in page
    assert "AccessDenied" not in page


def test_looking_leads_to_a_page_that_says_what_sending_does_and_sends_nothing(staff):
    put_dead(a_message())
    client = staff("operations")

    page = client.get(SEND_AGAIN).content.decode()

    assert f'href="{SEND_AGAIN}"' in see(client)
    assert "Each goes back to its queue" in page
    assert "about 1 message" in page
    assert waiting_tasks() == []


def test_a_task_that_is_sent_again_is_run(staff, make_code, run_tasks):
    row = sign_up(code=make_code())
    give_up()
    assert run_tasks() == 0

    page = confirm(staff("operations"), SEND_AGAIN)
    run_tasks()

    assert "1 message was sent again." in page
    assert "Nothing was given up." in page
    row.refresh_from_db()
    assert row.tenant.is_reconciled
    assert Message.objects.get().state == Message.State.SENT


def test_sending_again_is_one_line_in_the_trail_with_author_and_reason(staff):
    put_dead(a_message(), a_message(args=[12]), a_message("tenants.tasks.run_due", []))

    confirm(staff("operations"), SEND_AGAIN, reason="SES is back")

    event = AuditEvent.objects.get()
    assert (event.action, event.actor_name) == ("send dead letters again", "staff")
    assert (event.reason, event.target_id) == ("SES is back", "gatehouse-local-tasks-dead")
    assert event.after == {
        "tasks": {"tenants.tasks.deliver_message": 2, "tenants.tasks.run_due": 1}
    }


def test_what_nobody_can_read_is_not_sent_again(staff):
    put_dead(a_message(), "nonsense")

    page = confirm(staff("operations"), SEND_AGAIN)

    assert "1 message was sent again." in page
    assert [letter.body for letter in dead()] == ["nonsense"]
    assert waiting_tasks() == [("tenants.tasks.deliver_message", [4711])]


def test_with_nothing_to_send_nothing_is_in_the_trail(staff):
    put_dead("nonsense")

    page = confirm(staff("operations"), SEND_AGAIN)

    assert "There is nothing that can be sent again." in page
    assert AuditEvent.objects.count() == 0


def test_a_press_sends_no_more_than_a_request_can(staff, monkeypatch):
    monkeypatch.setattr(dead_letters, "MOST_SENT", 4)
    put_dead(*(a_message(args=[number]) for number in range(6)))

    page = confirm(staff("operations"), SEND_AGAIN)

    assert "4 messages were sent again." in page
    assert (len(dead()), len(waiting_tasks())) == (2, 4)


def test_if_sqs_stops_on_the_way_the_page_says_how_far_it_came(staff, monkeypatch):
    put_dead(*(a_message(args=[number]) for number in range(3)))
    monkeypatch.setattr(queues, "redrive", only_the_first(queues.redrive))

    page = confirm(staff("operations"), SEND_AGAIN)

    assert "1 of 3 were sent, then SQS did not answer." in page
    assert (len(dead()), len(waiting_tasks())) == (2, 1)


def test_who_died_between_sending_and_deleting_left_it_in_both_queues_and_the_work_done_once(
    make_code, run_tasks, monkeypatch
):
    monkeypatch.setattr(queues, "HELD_SECONDS", 1)
    row = sign_up(code=make_code())
    give_up()

    calls = calls_of(send_all)
    give_up()

    assert not strike(send_all, Point("killed after", calls.index("SendMessage")))
    aws("sqs").receive_message(QueueUrl=dead_queue(), WaitTimeSeconds=3, VisibilityTimeout=0)
    assert run_tasks() > 0
    assert len(dead()) == 1
    send_all()
    run_tasks()

    row.refresh_from_db()
    assert row.tenant.is_reconciled
    assert Message.objects.get().state == Message.State.SENT
    assert users_and_keys() == (1, 1)
    assert dead() == []


def test_discarding_asks_first_and_names_the_message(staff):
    put_dead(a_message())
    client, [letter] = staff("operations"), dead()

    page = client.get(discard_url(letter)).content.decode()

    assert f'href="{discard_url(letter)}"' in see(client)
    assert "The message is deleted for good:" in page
    assert "tenants.tasks.deliver_message(4711)" in page
    assert len(dead()) == 1


def test_discarding_without_a_reason_asks_again(staff):
    put_dead(a_message())
    client, [letter] = staff("operations"), dead()

    answer = client.post(discard_url(letter), {"reason": " "})

    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()
    assert len(dead()) == 1


def test_a_discarded_message_is_gone_the_others_stay_and_the_trail_says_who(staff):
    put_dead(a_message(), "nonsense")
    [letter] = [letter for letter in dead() if letter.body != "nonsense"]

    page = confirm(staff("operations"), discard_url(letter), reason="customer is gone")

    assert "1 message was discarded." in page
    assert [letter.body for letter in dead()] == ["nonsense"]
    event = AuditEvent.objects.get()
    assert (event.action, event.actor_name) == ("discard dead letter", "staff")
    assert (event.reason, event.target_id) == ("customer is gone", letter.message_id)
    assert event.before["task"] == "tenants.tasks.deliver_message(4711)"


def test_a_poisoned_message_can_be_discarded(staff):
    put_dead("nonsense with a secret")
    [letter] = dead()

    page = confirm(staff("operations"), discard_url(letter))

    assert "Nothing was given up." in page
    assert AuditEvent.objects.get().target_name == "Not one of our messages"
    assert "secret" not in str(AuditEvent.objects.values().get())


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_message_that_is_gone_is_explained_and_not_in_the_trail(staff, method):
    put_dead(a_message())
    url = f"{LIST}tasks/{TENANT_ID}/discard/"

    answer = getattr(staff("operations"), method)(url, {"reason": "mended"}, follow=True)

    assert "It is not there: it was sent again or discarded" in answer.content.decode()
    assert len(dead()) == 1
    assert AuditEvent.objects.count() == 0


def test_if_sqs_refuses_to_delete_the_message_is_still_there_and_the_attempt_in_the_trail():
    put_dead(a_message())
    [letter] = dead()

    with pytest.raises(Refused), failing("sqs", "DeleteMessage", "AccessDenied"):
        dead_letters.discard(Chosen("tasks", letter.message_id), SYSTEM)

    assert len(dead()) == 1
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("role", ["operations", "marketing", "admin", "auditor"])
def test_who_sees_jobs_sees_dead_letters(staff, role):
    put_dead(a_message())
    client = staff(role)

    assert "Send a mail" in see(client)
    assert f'href="{LIST}"' in client.get("/admin/").content.decode()


def test_who_does_not_see_jobs_sees_no_dead_letters(staff):
    client = staff("view_tenant")

    assert client.get(LIST).status_code == 403
    assert f'href="{LIST}"' not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("rights", [("auditor",), ("support",), ("steer_job",)])
def test_who_may_not_steer_jobs_may_neither_send_nor_discard(staff, rights):
    put_dead(a_message())
    client, [letter] = staff(*rights), dead()

    for url in (SEND_AGAIN, discard_url(letter)):
        assert url not in see(client)
        assert client.get(url).status_code == 403
        assert client.post(url, {"reason": "mended"}).status_code == 403
    assert (len(dead()), waiting_tasks(), AuditEvent.objects.count()) == (1, [], 0)


def test_strangers_are_sent_to_the_sign_in(client):
    for url in (LIST, SEND_AGAIN, f"{LIST}tasks/{TENANT_ID}/discard/"):
        assert client.get(url)["Location"].startswith("/admin/login/")


def test_the_page_is_kept_out_of_every_cache_and_takes_no_post(staff):
    client = staff("operations")

    assert "no-store" in client.get(LIST)["Cache-Control"]
    assert client.post(LIST).status_code == 405


def only_the_first(redrive):
    """Let the first call through; then SQS is away."""
    done = []

    def instead(url, letter, *, to):
        if done:
            raise TryLater("sqs SendMessage: unreachable")
        done.append(letter)
        redrive(url, letter, to=to)

    return instead


def send_all():
    dead_letters.send_again("tasks", SYSTEM)


def users_and_keys():
    users = aws("cognito-idp").list_users(UserPoolId=settings.USER_POOL_ID)["Users"]
    keys = aws("apigateway").get_api_keys()["items"]
    return len(users), len(keys)
