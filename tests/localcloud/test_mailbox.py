"""The mailbox: every mail that was sent, for programs and for people."""

import json
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from django.conf import settings

SENDER = "Gatehouse <hello@gatehouse.example>"


@pytest.fixture
def send():
    """Send a mail as the portal does: raw, with a text and an HTML part."""

    def send(*to, subject="Welcome", text="Hello", html="<p>Hello</p>", sender=SENDER):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, ", ".join(to), subject
        message.set_content(text)
        message.add_alternative(html, subtype="html")
        boto3.client("sesv2").send_email(
            ConfigurationSetName=settings.MAIL_CONFIGURATION_SET,
            Content={"Raw": {"Data": message.as_bytes()}},
        )

    return send


@pytest.fixture
def mails(cloud):
    def mails(**query):
        url = f"{cloud.addresses.mailbox}/mails.json"
        return requests.get(url, params=query, timeout=10).json()

    return mails


@pytest.fixture
def page(cloud):
    return lambda path="/": requests.get(f"{cloud.addresses.mailbox}{path}", timeout=10)


def test_a_mail_is_kept_with_both_its_bodies(send, mails):
    send("alice@example.com", subject="Wëlcome", text="Hëllo\n", html="<p>Hëllo</p>\n")

    (mail,) = mails()
    sent_at = datetime.fromisoformat(mail.pop("sent_at"))
    assert mail == {
        "to": "alice@example.com",
        "subject": "Wëlcome",
        "text": "Hëllo\n",
        "html": "<p>Hëllo</p>\n",
    }
    assert sent_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - sent_at) < timedelta(seconds=10)


def test_a_simple_mail_is_kept_too(mails):
    boto3.client("sesv2").send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["Alice <alice@example.com>"]},
        Content={
            "Simple": {
                "Subject": {"Data": "Welcome"},
                "Body": {"Text": {"Data": "Hello"}, "Html": {"Data": "<p>Hello</p>"}},
            }
        },
    )

    (mail,) = mails()
    assert (mail["to"], mail["text"], mail["html"]) == (
        "alice@example.com",
        "Hello",
        "<p>Hello</p>",
    )


def test_the_newest_mail_comes_first(send, mails, cloud):
    for subject in ("first", "second"):
        send("alice@example.com", subject=subject)

    assert [mail["subject"] for mail in mails()] == ["second", "first"]
    assert cloud.mails() == mails()


def test_mails_are_found_by_address_in_any_case(send, mails, cloud):
    send("Alice@example.com")
    send("bob@example.com")

    found = mails(to="alice@EXAMPLE.com")

    assert [mail["to"] for mail in found] == ["Alice@example.com"]
    assert cloud.mails("alice@example.com") == found


def test_each_recipient_has_an_entry(send, mails):
    send("alice@example.com", "bob@example.com")

    assert sorted(mail["to"] for mail in mails()) == ["alice@example.com", "bob@example.com"]


def test_a_mail_from_a_stranger_is_not_sent(send, mails):
    with pytest.raises(ClientError, match="MessageRejected"):
        send("alice@example.com", sender="mallory@elsewhere.example")

    assert mails() == []


def test_the_list_leads_to_the_mail(send, page):
    words = "Click https://portal.example/x?a=1&b=2, then <b>"
    send("alice@example.com", subject="Your link", text=words)

    assert 'href="/mails/1">Your link<' in page().text
    mail = page("/mails/1").text
    link = '<a href="https://portal.example/x?a=1&amp;b=2" target="_blank" rel="noopener">'
    assert f"Click {link}https://portal.example/x?a=1&amp;b=2</a>, then &lt;b&gt;" in mail


def test_a_mail_says_when_it_was_sent_as_people_read_it(send, mails, page):
    send("alice@example.com")

    sent_at = datetime.fromisoformat(mails()[0]["sent_at"])
    words = f"{sent_at:%Y-%m-%d %H:%M:%S} UTC</small>"
    assert words in page().text
    assert words in page("/mails/1").text


def test_the_html_of_a_mail_cannot_do_anything(send, page):
    send("alice@example.com", subject="<script>1</script>", html='<script>"2"</script>')

    mail = page("/mails/1")

    assert "<script>" not in mail.text
    assert '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"' in mail.text
    assert "default-src 'none'" in mail.headers["Content-Security-Policy"]


def test_an_empty_mailbox_says_so(page):
    assert "No mail yet" in page().text


@pytest.mark.parametrize("path", ["/mails/1", "/nothing"])
def test_there_is_nothing_elsewhere(page, path):
    assert page(path).status_code == 404


@pytest.mark.parametrize(
    ("what", "event", "words"),
    [
        ("bounce", "Bounce", "there is no such address"),
        ("full", "Bounce", "the mailbox is full"),
        ("complain", "Complaint", "marked it as unwanted"),
        ("delay", "DeliveryDelay", "SES goes on trying"),
    ],
)
def test_a_person_lets_a_mail_come_back_by_a_button(send, cloud, what, event, words):
    send("bob@example.com")
    send("alice@example.com")
    url = f"{cloud.addresses.mailbox}/mails/2/{what}"

    page = requests.post(url, timeout=10)

    told = [json.loads(json.loads(body)["Message"]) for body in queued()]
    assert words in page.text
    assert (told[-1].get("eventType") or told[-1]["notificationType"]) == event
    assert told[-1]["mail"]["destination"] == ["alice@example.com"]


@pytest.mark.parametrize("path", ["/mails/1/bounce", "/mails/0/bounce", "/mails/2/explode"])
def test_nothing_comes_back_of_what_was_not_sent(send, cloud, path):
    if path.endswith("explode"):
        send("alice@example.com")

    assert requests.post(f"{cloud.addresses.mailbox}{path}", timeout=10).status_code == 404


def queued():
    sqs = boto3.client("sqs")
    url = settings.MAIL_EVENTS_QUEUE_URL
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        yield from (one["Body"] for one in got)
