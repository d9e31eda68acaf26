"""What SES told of mails is forgotten in time; what became of each mail is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants import sweep
from tenants.models import MailEvent
from tenants.returned import retention
from tests.backoffice import rows

pytestmark = pytest.mark.django_db(transaction=True)

OLD = timezone.now() - retention.KEPT - timedelta(days=1)


def an_event(number, *, at=OLD, **values):
    given = {"digest": f"e{number}", "kind": "delivered", "state": "applied", **values}
    event = MailEvent.objects.create(**given)
    MailEvent.objects.filter(pk=event.pk).update(received_at=at)
    return event


def test_the_sweep_forgets_what_is_old_and_nothing_else():
    an_event(1)
    an_event(2, state="unknown", kind="unknown")
    young = an_event(3, at=OLD + timedelta(days=2))

    found = sweep.run_due()

    assert found["old mail events"] == 2
    assert list(MailEvent.objects.all()) == [young]


def test_what_waits_to_be_applied_is_kept():
    an_event(1, state="waiting")

    assert retention.forget_old() == 0


def test_what_holds_an_address_back_is_kept_with_it():
    held = rows.an_address_held_back()
    MailEvent.objects.update(received_at=OLD, state="applied")
    an_event(1)

    assert retention.forget_old() == 1
    assert list(MailEvent.objects.all()) == [held.event]


def test_a_mail_keeps_what_became_of_it():
    message = rows.a_mail(ses_message_id="m-1", fate="delivered")
    an_event(1, mail_id="m-1")

    retention.forget_old()

    message.refresh_from_db()
    assert message.fate == "delivered"


def test_the_oldest_go_first_a_piece_at_a_time(monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    newest = an_event(1)
    for number in (2, 3):
        an_event(number, at=OLD - timedelta(days=number))

    assert retention.forget_old() == 2
    assert list(MailEvent.objects.all()) == [newest]
    assert (retention.forget_old(), retention.forget_old()) == (1, 0)
