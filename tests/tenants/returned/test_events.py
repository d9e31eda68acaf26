"""What SES tells of a mail is on its row: whatever order it comes in, and however often."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from adapters.aws import client
from localcloud import mail_returns
from localcloud.mailbox import MAILBOX
from portal.lambda_entry import handler
from tenants import mail, sweep
from tenants.models import MailEvent, Message, SuppressedAddress
from tenants.returned import inbox
from tests import mail_events as bodies

pytestmark = pytest.mark.django_db(transaction=True)

ALICE = "alice@example.com"


def send(*texts):
    for text in texts:
        client("sqs").send_message(QueueUrl=settings.MAIL_EVENTS_QUEUE_URL, MessageBody=text)


@pytest.fixture
def message(make_tenant):
    """The welcome mail of Alice, sent; nothing was heard of it."""
    make_tenant(ALICE)
    return Message.objects.get()


def fate_of(message):
    message.refresh_from_db()
    return message.fate


def test_a_mail_keeps_the_id_under_which_ses_tells_of_it(message):
    assert message.ses_message_id == MAILBOX.sent(1).mail_id
    assert MAILBOX.sent(1).configuration_set == settings.MAIL_CONFIGURATION_SET


def test_a_delivery_comes_back_by_itself(message):
    sweep.run_due()

    assert fate_of(message) == Message.Fate.DELIVERED


@pytest.mark.parametrize(
    ("tell", "fate"),
    [
        (mail_returns.bounce, "bounced"),
        (lambda sent: mail_returns.bounce(sent, "Transient", "MailboxFull"), "soft"),
        (lambda sent: mail_returns.bounce(sent, "Transient", "General"), "delivered"),
        (mail_returns.complain, "complained"),
        (mail_returns.delay, "delivered"),
    ],
)
def test_what_happens_after_the_delivery_is_on_the_row(message, tell, fate):
    tell(MAILBOX.sent(1))

    sweep.run_due()

    assert fate_of(message) == fate


def test_every_order_ends_the_same_with_copies_and_across_both_shapes(message):
    name = message.ses_message_id
    story = [
        bodies.delay(name, ALICE),
        bodies.delivery(name, ALICE),
        bodies.bounce(name, ALICE, "Transient", "General"),
        bodies.bounce(name, ALICE),
        bodies.complaint(name, ALICE),
    ]
    ends = []
    for order in permutations(story):
        SuppressedAddress.objects.all().delete()
        MailEvent.objects.all().delete()
        Message.objects.update(fate="")
        for text in [*order, *order]:
            for event in inbox.save(bodies.enveloped(text)):
                inbox.apply(event)
        ends.append((fate_of(message), MailEvent.objects.filter(copies=2).count()))

    assert set(ends) == {("complained", 5)}


def test_an_event_that_is_faster_than_the_note_of_its_mail_waits_for_it(message):
    Message.objects.update(ses_message_id="")
    name = MAILBOX.sent(1).mail_id
    inbox.apply(*inbox.save(bodies.bounce(name, ALICE)))
    assert MailEvent.objects.get().state == MailEvent.State.WAITING

    Message.objects.update(ses_message_id=name)
    sweep.run_due()

    assert fate_of(message) == Message.Fate.BOUNCED
    assert not MailEvent.objects.filter(state=MailEvent.State.WAITING).exists()


def test_an_event_of_somebody_elses_mail_does_not_wait_for_ever():
    (event,) = inbox.save(bodies.bounce("another", ALICE))
    MailEvent.objects.update(received_at=timezone.now() - timedelta(hours=1))
    event.refresh_from_db()

    inbox.apply(event)

    assert MailEvent.objects.get().state == MailEvent.State.APPLIED


def test_what_nobody_can_read_is_kept_word_for_word():
    send("not an event \x41")

    sweep.run_due()

    event = MailEvent.objects.get()
    assert (event.state, event.body) == (MailEvent.State.UNKNOWN, "not an event A")


def test_on_lambda_a_batch_of_the_queue_is_taken_the_same_way(message):
    record = {
        "messageId": "1",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:gatehouse-local-mail-events",
        "body": bodies.bounce(message.ses_message_id, ALICE),
    }

    answer = handler({"Records": [record]}, None)

    assert answer == {"batchItemFailures": []}
    assert fate_of(message) == Message.Fate.BOUNCED


def test_staff_read_on_the_mails_page_why_it_came_back(message, staff):
    inbox.apply(*inbox.save(bodies.bounce(message.ses_message_id, ALICE, reason="NoEmail")))
    client = staff("support")

    page = client.get(reverse("admin:tenants_message_change", args=[message.pk])).content.decode()
    rows = client.get(reverse("admin:tenants_message_changelist")).content.decode()

    assert "There is no such address." in page
    assert "smtp; 550 5.1.1 user unknown" in page
    assert "Bounced" in rows


def test_the_customers_timeline_says_that_it_came_back(message, staff):
    inbox.apply(*inbox.save(bodies.complaint(message.ses_message_id, ALICE)))
    url = reverse("admin:tenants_tenant_change", args=[message.member.tenant_id])

    page = staff("support").get(url).content.decode()

    assert f"Welcome to {ALICE}: Marked as unwanted" in page
    assert "The reader marked it as unwanted." in page


def test_a_stage_without_the_queue_asks_none(settings):
    send(bodies.bounce("m", ALICE))
    settings.MAIL_EVENTS_QUEUE_URL = ""

    assert inbox.take_events() == 0


def test_a_mail_names_no_configuration_set_where_there_is_none(settings, make_tenant, cloud):
    settings.ANYMAIL = {}
    member = make_tenant(ALICE).members.get()

    mail.deliver(mail.promise(Message.Kind.WELCOME, to=ALICE, member=member))
    sweep.run_due()

    assert MAILBOX.sent(1).configuration_set == ""
    assert Message.objects.first().fate == Message.Fate.DELIVERED
    assert "notificationType" in MailEvent.objects.first().body
