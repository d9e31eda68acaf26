"""The link in a mail to who runs a domain's mail: it says what it does, and does it once."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tenants.models import Domain, DomainClaim, Message

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "ames.example"
State = DomainClaim.State


@pytest.fixture
def send(owner, run_tasks, cloud):
    """Have the link mailed; return its path."""

    def mailed(row, mailbox="postmaster"):
        url = f"/account/domains/proving/{row.pk}/mail/"
        answer = owner.post(url, {"mailbox": mailbox})
        assert answer.status_code == 302, answer.content.decode()
        run_tasks()
        text = cloud.mails(f"{mailbox}@{row.name}")[0]["text"]
        return re.search(r"/domains/confirm/[\w-]+/", text)[0]

    return mailed


def press(client, answer="yes"):
    return client.post("/domains/confirm/", {"answer": answer}).content.decode()


def test_whoever_reads_the_domains_mail_confirms_it(claim, send, run_tasks, cloud):
    row = claim()
    reader = Client()

    page = reader.get(send(row), follow=True).content.decode()
    row.refresh_from_db()
    assert row.state == State.WAITING  # opening it changed nothing

    assert "Ames Optics" in page
    assert "alice@example.com" in page
    assert "postmaster@ames.example" in page
    assert "is confirmed" in press(reader)
    held = Domain.objects.get()
    assert (held.name, held.way, held.token) == (NAME, "mail", "")
    run_tasks()
    assert "ames.example is yours" in cloud.mails("alice@example.com")[0]["subject"]


def test_no_ends_the_claim_and_the_owner_is_told(claim, send, run_tasks, cloud):
    row = claim()
    reader = Client()
    reader.get(send(row))

    press(reader, "no")
    run_tasks()

    row.refresh_from_db()
    assert row.state == State.REFUSED
    assert not Domain.objects.exists()
    assert "said that ames.example is not yours" in cloud.mails("alice@example.com")[0]["text"]


def test_a_link_works_once(claim, send, owner, run_tasks):
    path = send(claim())
    reader = Client()
    reader.get(path)
    press(reader)
    owner.post(f"/account/domains/{Domain.objects.get().pk}/release/")

    again = Client()
    replayed = again.get(path)

    assert replayed.status_code == 410
    assert again.post("/domains/confirm/", {"answer": "yes"}).status_code == 410
    assert not Domain.objects.filter(released_at=None).exists()


def test_a_newer_mail_voids_the_link_before_it(claim, send):
    row = claim()
    old = send(row)
    opened = Client()
    opened.get(old)
    new = send(row, "admin")

    assert Client().get(old).status_code == 410
    assert opened.post("/domains/confirm/", {"answer": "yes"}).status_code == 410
    assert Client().get(new).status_code == 302


def test_a_link_ends_after_two_days(claim, send):
    row = claim()
    path = send(row)
    DomainClaim.objects.update(link_ends_at=timezone.now())

    answer = Client().get(path)

    assert answer.status_code == 410
    assert "good for 2 days" in answer.content.decode()


def test_the_token_is_nowhere_in_the_rows(claim, send):
    path = send(claim())
    token = path.split("/")[3]
    reader = Client()
    reader.get(path)

    kept = [str(vars(row)) for row in (*DomainClaim.objects.all(), *Message.objects.all())]

    assert token not in str(kept)
    assert token not in str(dict(reader.session))


@pytest.mark.parametrize("mailbox", ["ceo", "postmaster@evil.example", "", "abuse"])
def test_only_the_addresses_of_who_runs_a_domain_are_mailed(owner, claim, mailbox):
    row = claim()

    answer = owner.post(f"/account/domains/proving/{row.pk}/mail/", {"mailbox": mailbox})

    assert answer.status_code == 422
    assert not Message.objects.filter(domain_claim=row).exists()


def test_mails_to_one_address_are_limited_whoever_asks(owner, claim, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    row = claim()
    url = f"/account/domains/proving/{row.pk}/mail/"

    answers = [owner.post(url, {"mailbox": "admin"}).status_code for _ in range(11)]

    assert answers == [302] * 10 + [422]


def test_a_claim_that_was_proved_meanwhile_is_not_confirmed_again(
    claim, send, publish, look, as_member, make_tenant
):
    mine = claim()
    reader = Client()
    reader.get(send(mine))
    other = claim(client=as_member(tenant=make_tenant("bob@example.com")))
    publish(other)
    look(other)

    assert "is not confirmed" in press(reader)
    mine.refresh_from_db()
    assert mine.state == State.TAKEN


def test_a_dead_link_and_a_stranger_change_nothing(claim):
    claim()

    assert Client().get(f"/domains/confirm/{'x' * 43}/").status_code == 410
    assert Client().post("/domains/confirm/", {"answer": "yes"}).status_code == 410
    assert not Domain.objects.exists()


def test_a_link_of_a_claim_whose_time_is_over_is_refused(claim, send):
    row = claim()
    path = send(row)
    DomainClaim.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert Client().get(path).status_code == 410
