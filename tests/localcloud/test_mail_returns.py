"""SES's simulator of mailboxes, and its list of addresses that get no mail, do as AWS says."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from django.conf import settings

from localcloud import mail_returns
from localcloud.mailbox import MAILBOX


@pytest.fixture
def ses():
    return boto3.client("sesv2")


@pytest.fixture
def send(ses):
    def send(to, **more):
        return ses.send_email(
            FromEmailAddress="hello@gatehouse.example",
            Destination={"ToAddresses": [to]},
            Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
            **{"ConfigurationSetName": settings.MAIL_CONFIGURATION_SET, **more},
        )["MessageId"]

    return send


def told():
    sqs = boto3.client("sqs")
    found = []
    while got := sqs.receive_message(
        QueueUrl=settings.MAIL_EVENTS_QUEUE_URL, MaxNumberOfMessages=10
    ).get("Messages"):
        found += [json.loads(json.loads(one["Body"])["Message"]) for one in got]
    return found


def words(event):
    part = event.get("bounce") or event.get("complaint") or {}
    return event["eventType"], part.get("bounceSubType") or part.get("complaintFeedbackType")


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("success", [("Delivery", None)]),
        ("bounce", [("Bounce", "General")]),
        ("bounce+label", [("Bounce", "General")]),
        ("suppressionlist", [("Bounce", "Suppressed")]),
        ("complaint", [("Delivery", None), ("Complaint", "abuse")]),
        ("ooto", [("Delivery", None), ("Bounce", "General")]),
    ],
)
def test_an_address_of_the_simulator_does_what_its_name_says(send, name, events):
    mail_id = send(f"{name}@simulator.amazonses.com")

    found = told()
    assert [words(event) for event in found] == events
    assert {event["mail"]["messageId"] for event in found} == {mail_id}


def test_the_simulator_puts_nobody_on_the_list(ses, send):
    send("bounce@simulator.amazonses.com")

    with pytest.raises(ClientError, match="NotFoundException"):
        ses.get_suppressed_destination(EmailAddress="bounce@simulator.amazonses.com")


def test_who_bounced_is_on_the_list_and_gets_nothing_until_taken_off(ses, send):
    send("alice@example.com")
    mail_returns.bounce(MAILBOX.sent(1))
    entry = ses.get_suppressed_destination(EmailAddress="alice@example.com")
    assert entry["SuppressedDestination"]["Reason"] == "BOUNCE"
    told()

    send("Alice@example.com")
    assert [words(event) for event in told()] == [("Bounce", "OnAccountSuppressionList")]

    ses.delete_suppressed_destination(EmailAddress="alice@example.com")
    send("alice@example.com")
    assert [words(event) for event in told()] == [("Delivery", None)]


def test_who_is_not_on_the_list_cannot_be_taken_off(ses):
    with pytest.raises(ClientError, match="NotFoundException"):
        ses.delete_suppressed_destination(EmailAddress="alice@example.com")


def test_a_mail_that_names_an_unknown_configuration_set_is_not_sent(send, cloud):
    with pytest.raises(ClientError, match="NotFoundException"):
        send("alice@example.com", ConfigurationSetName="nobody-made-it")

    assert cloud.mails() == []
