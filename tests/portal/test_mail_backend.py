"""Mail goes through one client that is kept, and a mail is never sent twice by itself."""

import pytest
from anymail.exceptions import AnymailAPIError
from botocore.exceptions import ReadTimeoutError
from django.core import mail

from adapters.aws import client


def send(number=1):
    mail.send_mail(f"Subject {number}", "Text", "hello@gatehouse.example", ["alice@example.com"])


def test_every_mail_goes_through_the_same_client(cloud):
    with mail.get_connection() as first, mail.get_connection() as second:
        assert first.client is second.client is client("sesv2", repeats=False)

    send(1)
    send(2)

    assert [each["subject"] for each in cloud.mails()] == ["Subject 2", "Subject 1"]


def test_a_mail_whose_answer_is_lost_is_sent_once():
    tries = []

    def lose(request, **_):
        tries.append(request.url)
        raise ReadTimeoutError(endpoint_url=request.url)

    events = client("sesv2", repeats=False).meta.events
    events.register("before-send", lose)
    try:
        with pytest.raises(AnymailAPIError):
            send()
    finally:
        events.unregister("before-send", lose)

    assert len(tries) == 1
