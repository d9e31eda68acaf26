"""The record that proved a domain is looked for each day, and the domain is let go without it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import domains, text_records
from tenants.domains import looking
from tenants.models import Domain, Message

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "ames.example"


@pytest.fixture
def held(claim, publish, look, run_tasks):
    row = claim()
    publish(row)
    look(row)
    run_tasks()
    return Domain.objects.get()


def away(row, **span):
    Domain.objects.filter(pk=row.pk).update(missing_since=timezone.now() - timedelta(**span))


def told(kind):
    return Message.objects.filter(kind=kind).count()


def test_it_is_looked_for_daily(held, look):
    look(held)

    assert held.look_at - held.looked_at == timedelta(days=1)
    assert held.missing_since is None


def test_an_absence_of_an_hour_is_told_to_nobody(held, look, cloud, publish):
    cloud.dns.take(NAME)
    look(held)
    assert held.missing_since
    assert held.look_at - held.looked_at == timedelta(hours=1)

    publish(held)
    look(held)

    assert held.missing_since is None
    assert told(Message.Kind.DOMAIN_RECORD_LOST) == 0


def test_after_a_day_the_owner_is_told_once_and_sees_it(held, look, cloud, run_tasks, owner):
    cloud.dns.take(NAME)
    away(held, hours=25)

    look(held)
    look(held)

    assert told(Message.Kind.DOMAIN_RECORD_LOST) == 1
    assert "is gone" in cloud.mails("alice@example.com")[0]["subject"]
    assert "Its DNS record is gone" in owner.get("/account/domains/").content.decode()
    assert held.released_at is None


def test_after_two_weeks_it_is_released_and_the_owner_is_told(held, look, cloud, run_tasks):
    cloud.dns.take(NAME)
    away(held, days=14)
    look(held)

    look(held)
    run_tasks()

    assert held.released_at
    assert domains.read_domain(NAME) is None
    assert "is released" in cloud.mails("alice@example.com")[0]["subject"]


def test_nobody_loses_a_domain_without_having_been_told(held, look, cloud):
    cloud.dns.take(NAME)
    away(held, days=30)

    look(held)

    assert (told(Message.Kind.DOMAIN_RECORD_LOST), held.released_at) == (1, None)


def test_servers_that_do_not_answer_are_no_proof_of_absence(held, look, cloud, monkeypatch):
    monkeypatch.setattr(text_records, "PATIENCE_SECONDS", 0.2)
    cloud.dns.faults[NAME] = "servfail"

    look(held)

    assert (held.missing_since, held.released_at) == (None, None)


def test_a_domain_that_was_proved_otherwise_is_not_looked_for(held):
    Domain.objects.filter(pk=held.pk).update(way="mail", token="", look_at=None)

    assert looking.queue_due() == 0
