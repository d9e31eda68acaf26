"""Where the rule of a domain says so, an owner is asked before a colleague joins."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from adapters import rights, user_pool
from backoffice.audit import SYSTEM, Act
from backoffice.models import AuditEvent
from tenants import accounts
from tenants.domains import holding
from tenants.errors import NotPossible
from tenants.joining import answering, asking, forgetting
from tenants.models import JoinRequest, Member, Message, SignUp, Tenant
from tenants.registering import settling
from tests.people import add_member

pytestmark = pytest.mark.django_db(transaction=True)

BOB = "bob@ames.example"
State = JoinRequest.State


@pytest.fixture
def owner(as_member):
    """The owner of a customer whose domain's rule is to ask."""
    client = as_member()
    holding.hold(client.member.tenant, Act(None, "seen"), name="ames.example", rule="ask")
    return client


@pytest.fixture
def come(owner, run_tasks, cloud):
    """Somebody opens an account with an address of the domain; return their browser."""

    def register(email=BOB):
        browser = Client()
        form = {
            "email": email,
            "full_name": "Bob Burr",
            "company": "Burr",
            "accept_terms": "on",
            "form_key": "7d3a3f0e-5c8b-4a57-9d3f-0d5c0d5f0a11",
        }
        answer = browser.post("/register/", form)
        browser.row = SignUp.objects.get(pk=answer.url.split("/")[-2])
        code = re.search(r"\d{6}", cloud.mails(email)[0]["text"])[0]
        browser.seen = browser.post(f"/register/{browser.row.pk}/", {"code": code}, follow=True)
        run_tasks()
        return browser

    return register


def words(answer):
    return " ".join(answer.content.decode().split())


def answer_of(client, **form):
    url = f"/account/people/asking/{JoinRequest.objects.get().pk}/"
    return words(client.post(url, form, follow=True))


def state():
    return JoinRequest.objects.get().state


def test_who_comes_waits_and_everybody_concerned_is_told(owner, come, cloud):
    browser = come()

    assert "whose owners decide who joins" in words(browser.seen)
    assert 'data-testid="signup-status">ready<' in words(browser.seen)
    assert "Bob Burr asks to join" in cloud.mails("alice@example.com")[0]["subject"]
    assert "We have asked Ames Optics" in cloud.mails(BOB)[0]["subject"]
    assert "Who asks to join" in words(owner.get("/account/people/"))
    assert not Member.objects.filter(email=BOB).exists()
    assert AuditEvent.objects.get(action="ask to join").actor_name == BOB


def test_an_owner_lets_them_in_with_a_role(owner, come, run_tasks, cloud):
    come()

    page = answer_of(owner, role="billing")
    run_tasks()

    bob = Member.objects.get(email=BOB)
    assert "bob@ames.example is in" in page
    assert (bob.tenant, bob.role) == (owner.member.tenant, "billing")
    permission = rights.read_permission(bob.user_id)
    assert (permission.tenant_id, permission.role) == (bob.tenant_id, "billing")
    assert "/welcome/" in cloud.mails(BOB)[0]["text"]
    assert Tenant.objects.count() == 1


def test_whoever_is_refused_founds_an_account_by_the_link_in_the_mail(
    owner, come, run_tasks, cloud
):
    come()
    answer_of(owner, answer="no")
    run_tasks()
    mail = cloud.mails(BOB)[0]["text"]
    assert "said no" in mail

    elsewhere = Client()
    page = words(elsewhere.get(re.search(r"/register/own/[\w:-]+/", mail)[0], follow=True))
    assert not Member.objects.filter(email=BOB).exists()  # opening it changed nothing
    assert "Open an account of my own" in page
    elsewhere.post(f"/register/{SignUp.objects.get(email=BOB).pk}/own/")
    run_tasks()

    bob = Member.objects.get(email=BOB)
    assert (bob.role, bob.tenant == owner.member.tenant) == ("owner", False)
    assert state() == State.REFUSED


def test_whoever_does_not_want_to_wait_founds_an_account_and_leaves_the_list(
    owner, come, run_tasks
):
    browser = come()

    browser.post(f"/register/{browser.row.pk}/own/")

    assert Member.objects.get(email=BOB).role == "owner"
    assert state() == State.WITHDRAWN
    assert "Who asks to join" not in words(owner.get("/account/people/"))
    assert "answered, or is over" in answer_of(owner, role="developer")


def test_another_browser_cannot_found_it_for_them(come):
    browser = come()

    Client().post(f"/register/{browser.row.pk}/own/")

    assert state() == State.WAITING
    assert not Member.objects.filter(email=BOB).exists()


def test_a_used_link_and_a_forged_one_open_nothing(come):
    browser = come()
    token = asking.mint_token(browser.row)
    browser.post(f"/register/{browser.row.pk}/own/")

    for each in (token, token[:-1] + "x", "nonsense"):
        assert Client().get(f"/register/own/{each}/").status_code == 410


def test_nobody_answers_for_two_weeks(owner, come, run_tasks, cloud):
    come()
    JoinRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert asking.expire_due() == 1
    run_tasks()

    assert state() == State.EXPIRED
    assert "answered in time" in cloud.mails(BOB)[0]["text"]
    assert asking.expire_due() == 0


def login(email=BOB):
    return user_pool.find_user(settings.USER_POOL_ID, email)


def test_a_month_after_the_answer_their_login_is_gone_and_the_address_free(owner, come, run_tasks):
    browser = come()
    answer_of(owner, answer="no")
    assert forgetting.forget_answered() == 0
    JoinRequest.objects.update(answered_at=timezone.now() - forgetting.KEPT_FOR)

    assert forgetting.forget_answered() == 1

    browser.row.refresh_from_db()
    assert (browser.row.state, browser.row.user_id, login()) == (SignUp.State.CLOSED, "", None)
    assert forgetting.forget_answered() == 0


def test_somebody_invited_meanwhile_keeps_the_login(owner, come, run_tasks):
    come()
    answer_of(owner, answer="no")
    JoinRequest.objects.update(answered_at=timezone.now() - forgetting.KEPT_FOR)
    add_member(owner.member.tenant, "developer", BOB)
    run_tasks()

    forgetting.forget_answered()

    assert login().user_id == Member.objects.get(email=BOB).user_id


def test_coming_again_says_how_it_stands_and_asks_nobody_twice(owner, come, run_tasks, cloud):
    come()
    answer_of(owner, answer="no")
    run_tasks()

    form = {"email": BOB, "full_name": "Bob", "company": "Burr", "accept_terms": "on"}
    Client().post("/register/", {**form, "form_key": "7d3a3f0e-5c8b-4a57-9d3f-0d5c0d5f0a12"})
    run_tasks()

    assert "/register/own/" in cloud.mails(BOB)[0]["text"]
    assert JoinRequest.objects.count() == 1


def test_an_answer_and_a_change_of_mind_at_once_make_one_account(owner, come, in_threads):
    browser = come()
    request = JoinRequest.objects.get()

    def work(number):
        if number:
            return settling.found_own(SignUp.objects.get(pk=browser.row.pk))
        try:
            answering.accept(request, SYSTEM, role="developer")
        except NotPossible:
            return None

    in_threads(2, work)

    bob = Member.objects.get(email=BOB)
    joined = bob.tenant_id == owner.member.tenant_id
    assert (state(), bob.role) == (
        (State.ACCEPTED, "developer") if joined else (State.WITHDRAWN, "owner")
    )


def test_who_has_an_account_by_now_is_not_let_in(owner, come, make_tenant):
    come()
    make_tenant(BOB)

    assert "an account of their own by now" in answer_of(owner, role="developer")
    assert state() == State.WITHDRAWN


def test_a_full_account_lets_nobody_in_and_the_request_stays(owner, come, monkeypatch):
    come()
    monkeypatch.setattr("tenants.people.MOST_PEOPLE", 1)

    assert "50 people at most" in answer_of(owner, role="developer")
    assert state() == State.WAITING


def test_only_owners_of_this_customer_answer(owner, come, as_member, make_tenant):
    come()
    url = f"/account/people/asking/{JoinRequest.objects.get().pk}/"

    assert as_member("developer").post(url, {"role": "owner"}).status_code == 403
    stranger = as_member(tenant=make_tenant("carol@example.com"))
    assert stranger.post(url, {"role": "owner"}).status_code == 404
    assert "Choose a role" in words(owner.post(url, {"role": "king"}, follow=True))
    assert state() == State.WAITING


def test_closing_the_account_ends_what_waits(owner, come, run_tasks):
    come()

    accounts.close(owner.member.tenant, SYSTEM)

    assert state() == State.EXPIRED
    assert Message.objects.filter(kind=Message.Kind.JOIN_REFUSED, to=BOB).exists()


def test_owners_hear_of_whoever_a_rule_lets_in(owner, come, run_tasks, cloud):
    holding.change_rule(owner.member.tenant.domains.get(), SYSTEM, rule="read-only")
    run_tasks()

    come()

    mail = cloud.mails("alice@example.com")[0]
    assert "Bob Burr has joined" in mail["subject"]
    assert "as Read-only" in mail["text"]
