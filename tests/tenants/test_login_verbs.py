"""What support does with one person's sign-in, through the list and the person's page."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from adapters import rights, sign_in, user_pool
from backoffice.models import AuditEvent
from tenants import login_facts
from tenants.models import Member, Message
from tests import people
from tests.backoffice import rows
from tests.backoffice.doors import do, do_to_many, list_url, page_url, verb_url
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(make_tenant) -> Member:
    member = make_tenant().members.get()
    people.choose_password(member)
    member.refresh_from_db()
    return member


@pytest.fixture
def bob(alice, run_tasks) -> Member:
    member = people.add_member(alice.tenant, "developer", "bob@example.com")
    run_tasks()
    people.choose_password(member)
    member.refresh_from_db()
    return member


def can_sign_in(member: Member, password: str = PASSWORD) -> bool:
    return people.sign_in(Client(), member.email, password).status_code == 302


def user_of(member: Member) -> user_pool.User | None:
    return user_pool.find_user(settings.USER_POOL_ID, member.email)


def is_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


class TestDisable:
    def test_one_person_is_out_and_the_colleague_is_not(self, staff, alice, bob, run_tasks):
        page = do(staff("support"), "disable", bob, reason="Left the project")
        run_tasks()

        assert "1 sign-in is disabled." in page
        assert (can_sign_in(alice), can_sign_in(bob)) == (True, False)
        event = AuditEvent.objects.get(action="disable sign-in")
        assert (event.reason, event.after) == ("Left the project", {"of": "bob@example.com"})

    def test_their_permissions_are_closed_and_nobody_else_s(self, staff, alice, bob, run_tasks):
        do(staff("support"), "disable", bob)
        run_tasks()

        states = [rights.read_permission(member.user_id).state for member in (alice, bob)]
        assert states == ["open", "closed"]

    def test_a_page_that_is_open_is_closed_at_once(self, staff, alice, bob):
        browser = Client()
        people.sign_in(browser, bob.email)

        do(staff("support"), "disable", bob)

        assert not is_in(browser)

    def test_their_links_are_void_and_no_mail_follows(self, staff, make_tenant, run_tasks, cloud):
        member = make_tenant().members.get()
        link = cloud.mails(member.email)[0]["text"].partition("/welcome/")[2].split("/")[0]

        do(staff("support"), "disable", member)
        run_tasks()

        assert Client().get(f"/welcome/{link}/", follow=True).status_code == 410
        assert len(cloud.mails(member.email)) == 1

    def test_enabling_gives_back_what_was_there(self, staff, alice, bob, run_tasks):
        client = staff("support")
        do(client, "disable", bob)
        run_tasks()

        page = do(client, "enable", bob)
        run_tasks()

        assert "1 sign-in is enabled." in page
        assert can_sign_in(bob)
        assert rights.read_permission(bob.user_id).state == "open"

    def test_enabling_mails_a_link_to_who_has_no_password(
        self, staff, make_tenant, run_tasks, cloud
    ):
        member, client = make_tenant().members.get(), staff("support")
        do(client, "disable", member)
        run_tasks()

        do(client, "enable", member)
        run_tasks()

        assert len(cloud.mails(member.email)) == 2

    def test_neither_is_done_twice(self, staff, db):
        member, client = rows.a_person(), staff("support")

        assert "This person&#x27;s sign-in is not disabled." in do(client, "enable", member)
        do(client, "disable", member)
        assert "sign-in is disabled already." in do(client, "disable", member)

    def test_reinstating_the_account_leaves_the_person_out(self, staff, alice, bob, run_tasks):
        client = staff("support")
        for verb, row in (("disable", bob), ("suspend", alice.tenant), ("reinstate", alice.tenant)):
            do(client, verb, row)
            run_tasks()

        assert (can_sign_in(alice), can_sign_in(bob)) == (True, False)

    def test_the_last_owner_is_named_before(self, staff, db):
        member = rows.a_person(password_set_at=timezone.now())

        page = staff("support").get(verb_url(member, "disable")).content.decode()

        assert "alice@example.com is the last owner of Ames Optics who can sign in." in page


class TestSignOut:
    def test_sessions_end_and_the_password_stays(self, staff, alice, run_tasks):
        browser = Client()
        people.sign_in(browser, alice.email)
        token = sign_in.sign_in(
            settings.USER_POOL_CLIENT_ID, email=alice.email, password=PASSWORD
        ).access_token

        page = do(staff("support"), "sign-out", alice)
        run_tasks()

        assert "1 person is signed out." in page
        assert not is_in(browser)
        assert not works(token)
        assert can_sign_in(alice)

    def test_it_is_done_once(self, staff, alice, run_tasks):
        do(staff("support"), "sign-out", alice)
        run_tasks()

        alice.refresh_from_db()
        assert not alice.sessions_end_is_due

    def test_several_people_from_the_list(self, staff, alice, bob):
        page = do_to_many(staff("operations"), "sign-out", alice, bob)

        assert "2 people are signed out." in page


def works(token: str) -> bool:
    from adapters.aws import client

    try:
        client("cognito-idp").get_user(AccessToken=token)
    except client("cognito-idp").exceptions.NotAuthorizedException:
        return False
    return True


class TestReset:
    def test_the_password_is_void_and_a_link_follows(self, staff, alice, bob, run_tasks, cloud):
        key = alice.tenant.keys.get()

        page = do(staff("support"), "reset", bob)
        run_tasks()

        assert "1 sign-in will be reset." in page
        assert (can_sign_in(alice), can_sign_in(bob)) == (True, False)
        newest = cloud.mails(bob.email)[0]
        assert "Your sign-in was reset." in newest["text"]
        assert alice.tenant.keys.get().key_id == key.key_id

    def test_a_disabled_person_is_enabled_first(self, staff, db):
        member = rows.a_person(disabled_at=timezone.now())

        page = do(staff("support"), "reset", member)

        assert "sign-in is disabled. Enable it first." in page
        assert not Message.objects.exists()

    def test_who_has_left_is_refused(self, staff, db):
        member = rows.a_person(left_at=timezone.now())

        assert "This person has left" in do(staff("support"), "reset", member)


class TestPages:
    def test_the_list_finds_by_address_and_by_cognito_s_id(self, staff, alice, bob):
        client = staff("auditor")

        for term in ("BOB@", bob.user_id):
            page = client.get(list_url(bob), {"q": term}).content.decode()
            assert ("bob@example.com" in page, "alice@example.com" in page) == (True, False)

    def test_the_page_says_how_the_sign_in_stands_and_what_is_next(self, staff, db):
        member = rows.a_person(password_set_at=timezone.now(), login_status=login_facts.MUST_RESET)

        page = staff("support").get(page_url(member)).content.decode()

        assert "Must reset the password" in page
        assert "Reset sign-in: a one-time link follows." in page

    def test_the_customer_s_page_leads_to_the_person(self, staff, db):
        member = rows.a_person()

        page = staff("support").get(page_url(member.tenant)).content.decode()

        assert page_url(member) in page


def test_people_are_listed_by_their_trouble(staff, make_tenant):
    tenant = make_tenant("alice@example.com")
    stuck = people.add_member(tenant, "developer", "bob@example.com")
    Member.objects.filter(pk=stuck.pk).update(login_status="UNCONFIRMED")

    page = staff("support").get(list_url(Member) + "?sign_in=UNCONFIRMED").content.decode()

    assert "bob@example.com" in page
    assert "alice@example.com" not in page
