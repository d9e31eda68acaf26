"""What AWS told and nobody could keep: seen, sent again and discarded like a task, never shown."""

import json

import pytest
from django.conf import settings

from adapters import queues
from adapters.aws import client as aws
from adapters.definitions import definition
from backoffice.models import AuditEvent
from marketplace import inbox
from marketplace.models import Notice
from portal import dead_letters
from tests.portal.dead_letter_pages import LIST, confirm, discard_url, see

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def notice_given_up():
    """What AWS says of an agreement, as it lies there after the database was away."""
    url = queues.dead_queue(settings.TASKS_QUEUE_URL, thing="notices")
    aws("sqs").send_message(QueueUrl=url, MessageBody=NOTICE)
    [letter] = queues.dead_messages(url, most=10)
    return letter


NOTICE = json.dumps({"detail-type": "secret of a buyer", "detail": {}, "id": "event-1"})


def test_what_aws_told_and_nobody_kept_is_there_and_not_shown(staff, notice_given_up):
    page = see(staff("operations"))

    assert "A notice of AWS Marketplace" in page
    assert f"{LIST}notices/send-again/" in page
    assert 'data-testid="tasks"' not in page
    assert "secret of a buyer" not in page


def test_a_notice_that_is_sent_again_is_taken_in(staff, notice_given_up):
    page = confirm(staff("operations"), f"{LIST}notices/send-again/")
    inbox.take_notices()

    assert "1 message was sent again." in page
    assert [row.body for row in Notice.objects.all()] == [NOTICE]
    event = AuditEvent.objects.get()
    assert (event.target_id, event.after) == ("gatehouse-local-notices-dead", {"messages": 1})


def test_a_notice_can_be_discarded(staff, notice_given_up):
    url = discard_url(notice_given_up, "notices")

    page = confirm(staff("operations"), url)

    assert "Nothing was given up." in page
    assert AuditEvent.objects.get().target_name == "A notice of AWS Marketplace"


def test_a_message_is_looked_for_in_its_own_queue(staff, notice_given_up):
    page = confirm(staff("operations"), discard_url(notice_given_up))

    assert "It is not there" in page
    assert "A notice of AWS Marketplace" in page


def test_every_queue_of_ours_has_a_title_and_there_is_no_other(staff):
    assert set(dead_letters.TITLES) == set(definition("queues"))
    assert set(dead_letters.LETTERS) == set(definition("queues")) - {"tasks"}
    assert staff("operations").get(f"{LIST}elsewhere/send-again/").status_code == 404
