"""A forgotten password: asked for by anybody, answered by staff, closed by a new password."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from tenants import accounts, support
from tenants.models import LimitedVisitor, Member, Message, OneTimeLink, SupportRequest
from tests import people
from tests.backoffice import rows
from tests.backoffice.doors import do, do_to_many, list_url, page_url, verb_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(make_tenant) -> Member:
    member = make_tenant("alice@example.com").members.get()
    people.choose_password(member)
    member.refresh_from_db()
    return member


@pytest.fixture
def request_row() -> SupportRequest:
    return rows.a_request(rows.a_customer().members.get())


def ask(email, client=None, **extra):
    client = client or Client()
    answer = client.post("/account/forgotten/", {"email": email}, follow=True, **extra)
    return re.sub(r'value="\w{64}"', "", answer.content.decode())


def choose(client, mail, password):
    token = re.search(r"/welcome/([\w-]+)/", mail["text"])[1]
    client.get(f"/welcome/{token}/")
    return client.post("/welcome/", {"password": password, "repeated": password}, follow=True)


def test_the_sign_in_leads_there(client, db):
    assert 'href="/account/forgotten/"' in client.get("/account/login/").content.decode()
    assert "within one working day" in client.get("/account/forgotten/").content.decode()


def test_from_asking_to_a_new_password(alice, staff, run_tasks, cloud):
    assert "We have your request" in ask("ALICE@example.com")
    row = SupportRequest.objects.get()

    page = do(staff("support"), "send-link", row, reason="Called back")
    run_tasks()

    assert "1 link is on its way." in page
    mail = cloud.mails(alice.email)[0]
    assert "You asked for a new password." in mail["text"]
    assert people.sign_in(Client(), alice.email).status_code == 302  # the old one works meanwhile
    choose(Client(), mail, "Brand-new-horse-9")
    row.refresh_from_db()
    assert (row.state, bool(row.closed_at)) == ("done", True)
    assert people.sign_in(Client(), alice.email).status_code == 422
    assert people.sign_in(Client(), alice.email, "Brand-new-horse-9").status_code == 302
    event = AuditEvent.objects.get(action="send password link")
    assert (event.actor_name, event.reason) == ("staff", "Called back")


def test_an_unknown_address_gets_the_same_answer_and_leaves_nothing(alice):
    assert ask(alice.email) == ask("nobody@example.com")

    assert SupportRequest.objects.count() == 1


def test_who_left_and_who_closed_gets_the_same_answer_and_leaves_nothing(alice):
    Member.objects.update(left_at=timezone.now())
    ask(alice.email)
    Member.objects.update(left_at=None)
    accounts.close(alice.tenant, SYSTEM)
    ask(alice.email)

    assert not SupportRequest.objects.exists()


def test_one_person_has_one_open_request(alice):
    for _ in range(3):
        ask(alice.email)

    row = SupportRequest.objects.get()
    assert (row.times, row.state) == (3, "waiting")


def test_of_many_who_ask_at_once_one_makes_the_row(alice, in_threads):
    in_threads(6, lambda _: support.ask_for_password(alice.email, timezone.now()))

    assert SupportRequest.objects.get().times == 6


def test_asking_again_after_a_link_puts_it_back_in_line(alice, staff):
    ask(alice.email)
    do(staff("support"), "send-link", SupportRequest.objects.get())

    ask(alice.email)

    assert support.waiting_requests().count() == 1


def test_a_next_request_is_a_new_row(alice, staff, run_tasks, cloud):
    ask(alice.email)
    do(staff("support"), "send-link", SupportRequest.objects.get())
    run_tasks()
    choose(Client(), cloud.mails(alice.email)[0], "Brand-new-horse-9")

    ask(alice.email)

    assert SupportRequest.objects.count() == 2


def test_asking_signs_nobody_out_and_sends_nothing(as_member, cloud):
    client = as_member()
    mails = len(cloud.mails())

    ask(client.member.email)

    assert client.get("/account/").status_code == 200
    assert len(cloud.mails()) == mails


def test_no_address_is_no_request(client, db):
    answer = client.post("/account/forgotten/", {"email": "alice"})

    assert answer.status_code == 422
    assert "whole e-mail address" in answer.content.decode()


def test_the_sixth_request_of_an_hour_changes_nothing_and_says_nothing(alice):
    said = [ask(alice.email, REMOTE_ADDR=f"203.0.113.{number}") for number in range(6)]

    assert len(set(said)) == 1
    assert SupportRequest.objects.get().times == 5
    assert LimitedVisitor.objects.get().what == "request"


def test_the_sixth_request_of_a_minute_from_one_place_waits(alice, time_machine):
    time_machine.move_to(timezone.now().replace(second=0), tick=False)
    for number in range(5):
        ask(f"someone-{number}@example.com")

    assert "Too many tries" in ask(alice.email)
    assert not SupportRequest.objects.exists()


class TestStaff:
    def test_the_waiting_are_seen_on_every_page(self, staff, request_row):
        page = staff("support").get("/admin/").content.decode()

        assert re.search(r"Support requests<strong>1</strong>", page)
        assert "somebody cannot come in" in page
        link = page[page.index(list_url(request_row)) :]
        assert re.search(r"bg-orange-\d+[^>]*>\s*1\s*<", link[:2500])

    def test_nothing_waits_is_said_too(self, staff):
        page = staff("support").get("/admin/").content.decode()

        assert re.search(r"Support requests<strong>0</strong>", page)

    def test_the_customer_s_page_leads_to_the_request(self, staff, request_row):
        page = staff("support").get(page_url(request_row.member.tenant)).content.decode()

        assert "asked for a new password" in page
        assert page_url(request_row) in page

    def test_the_request_leads_to_the_customer(self, staff, request_row):
        page = staff("support").get(page_url(request_row)).content.decode()

        assert page_url(request_row.member.tenant) in page
        assert verb_url(request_row, "send-link") in page

    def test_several_are_answered_from_the_list(self, staff):
        first = rows.a_request(rows.a_customer().members.get())
        second = rows.a_request(rows.a_customer("Burr Tools", "bob@example.com").members.get())

        page = do_to_many(staff("support"), "send-link", first, second)

        assert "2 links are on their way." in page
        assert Message.objects.filter(kind="password_link").count() == 2

    def test_pressing_twice_promises_one_mail(self, staff, request_row):
        client = staff("support")
        do(client, "send-link", request_row)
        do(client, "send-link", request_row)

        assert Message.objects.filter(kind="password_link").count() == 1

    def test_a_closed_request_is_not_answered(self, staff, request_row):
        support.close_for(request_row.member, timezone.now())

        page = do(staff("support"), "send-link", request_row)

        assert "closed already" in page
        assert not Message.objects.exists()

    def test_dismissing_sends_nothing_and_is_in_the_trail(self, staff, request_row):
        page = do(staff("support"), "dismiss", request_row, reason="Not them")

        assert "1 request is dismissed." in page
        assert not Message.objects.exists()
        assert AuditEvent.objects.get(action="dismiss support request").reason == "Not them"

    @pytest.mark.parametrize("role", ["operations", "auditor"])
    def test_who_may_only_look_cannot_answer(self, staff, request_row, role):
        client = staff(role)

        assert client.get(list_url(request_row)).status_code == 200
        assert client.post(verb_url(request_row, "send-link")).status_code == 403

    def test_marketing_does_not_see_them(self, staff, request_row):
        client = staff("marketing")

        assert client.get(list_url(request_row)).status_code == 403
        assert "Support requests" not in client.get("/admin/").content.decode()

    def test_a_request_is_found_by_its_address(self, staff, request_row):
        page = staff("support").get(list_url(request_row) + "?q=ALICE").content.decode()

        assert page_url(request_row) in page

    def test_an_empty_list_says_so(self, staff):
        url = reverse("admin:tenants_supportrequest_changelist")

        assert "Nobody has asked" in staff("support").get(url).content.decode()

    def test_an_expired_link_is_renewed_as_what_it_was(self, alice, staff, run_tasks, cloud):
        ask(alice.email)
        do(staff("support"), "send-link", SupportRequest.objects.get())
        run_tasks()
        OneTimeLink.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
        browser = Client()
        token = re.search(r"/welcome/([\w-]+)/", cloud.mails(alice.email)[0]["text"])[1]
        browser.get(f"/welcome/{token}/", follow=True)

        browser.post("/welcome/new-link/")
        run_tasks()

        assert "You asked for a new password." in cloud.mails(alice.email)[0]["text"]
