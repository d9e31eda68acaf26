"""Signing in to the account and out of it, through the door."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from adapters import sign_in as pool_sign_in
from adapters import user_pool
from adapters.aws import client as aws
from backoffice.audit import SYSTEM
from tenants import accounts
from tenants.models import LimitedVisitor, Member
from tests import people
from tests.outages import failing
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

TEMPORARY = "Temporary-1-pass"


@pytest.fixture
def alice(make_tenant) -> Member:
    member = make_tenant("alice@example.com").members.get()
    people.choose_password(member)
    member.refresh_from_db()
    return member


def words(answer) -> str:
    """The page without what is new in each: the form's token."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def is_in(client) -> bool:
    return bool(client.get("/account/").status_code == 200)


def test_the_account_sends_a_stranger_to_the_sign_in_and_back(client, alice):
    answer = client.get("/account/?tab=1")

    assert (answer.status_code, answer.url) == (302, "/account/login/?next=%2Faccount%2F%3Ftab%3D1")
    page = client.get(answer.url)
    assert 'name="next" value="/account/?tab=1"' in page.content.decode()
    there = people.sign_in(client, alice.email, next="/account/?tab=1")
    assert (there.status_code, there.url) == (302, "/account/?tab=1")
    assert "Ames Optics" in client.get(there.url).content.decode()


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/account/", "//evil.example/account/", "/admin/", "javascript:alert(1)"],
)
def test_the_sign_in_leads_to_the_account_and_nowhere_else(client, alice, elsewhere):
    assert people.sign_in(client, alice.email, next=elsewhere).url == "/account/"


@pytest.mark.parametrize("typed", ["ALICE@Example.com", " alice@example.com "])
def test_an_address_may_be_typed_in_any_case(client, alice, typed):
    assert people.sign_in(client, typed).status_code == 302


def test_whoever_is_in_needs_no_form(client, alice):
    people.sign_in(client, alice.email)

    assert client.get("/account/login/").url == "/account/"


def test_no_page_of_the_account_is_cached(as_member, client):
    for answer in (as_member().get("/account/"), client.get("/account/login/")):
        assert "no-store" in answer["Cache-Control"]


def test_a_wrong_password_and_a_stranger_get_the_same_page(alice):
    wrong = people.sign_in(Client(), alice.email, "Wrong-horse-7-battery")
    nobody = people.sign_in(Client(), "nobody@example.com")

    assert wrong.status_code == nobody.status_code == 422
    assert "That did not work." in words(wrong)
    assert words(wrong).replace(alice.email, "") == words(nobody).replace("nobody@example.com", "")


@pytest.mark.parametrize("state", ["PasswordResetRequiredException", "UserNotConfirmedException"])
def test_a_login_that_waits_for_something_gets_the_same_page(alice, state):
    wrong = people.sign_in(Client(), alice.email, "Wrong-horse-7-battery")

    with failing("cognito-idp", "InitiateAuth", state):
        waiting = people.sign_in(Client(), alice.email)

    assert words(waiting) == words(wrong)


@pytest.mark.parametrize("password", [PASSWORD, "Wrong-horse-7-battery"])
def test_a_suspended_customer_is_told_whom_to_ask_whatever_the_password(
    alice, run_tasks, client, password
):
    wrong = people.sign_in(Client(), alice.email, "Wrong-horse-7-battery")
    accounts.suspend(alice.tenant, SYSTEM)
    run_tasks()

    answer = people.sign_in(client, alice.email, password)

    assert words(answer) == words(wrong)
    assert settings.SUPPORT_ADDRESS in words(answer)


def test_the_password_is_never_written_back(alice, client):
    page = people.sign_in(client, alice.email, "Wrong-horse-7-battery")

    assert "Wrong-horse-7-battery" not in page.content.decode()


def test_a_busy_cognito_keeps_the_address_in_the_form(alice, client):
    with failing("cognito-idp", "InitiateAuth", "InternalErrorException"):
        page = people.sign_in(client, alice.email)

    assert page.status_code == 503
    assert f'value="{alice.email}"' in page.content.decode()


def test_an_empty_form_says_what_is_missing(client, db):
    page = client.post("/account/login/", {})

    assert page.status_code == 422
    assert "Write your password." in page.content.decode()


def test_a_post_without_the_forms_token_is_refused(alice):
    strict = Client(enforce_csrf_checks=True)

    assert people.sign_in(strict, alice.email).status_code == 403


def test_no_token_of_cognito_is_in_the_session(client, alice, monkeypatch):
    tokens = []
    original = pool_sign_in.sign_in

    def listen(*args, **kwargs):
        person = original(*args, **kwargs)
        tokens.append(person.access_token)
        return person

    monkeypatch.setattr(pool_sign_in, "sign_in", listen)
    people.sign_in(client, alice.email)

    assert tokens[0]
    assert tokens[0] not in str(dict(client.session))
    assert PASSWORD not in str(dict(client.session))


class TestSessions:
    def test_a_planted_session_is_worth_nothing_after_the_sign_in(self, client, alice):
        client.get("/account/login/")
        session = client.session
        session["planted"] = True
        session.save()
        planted = session.session_key
        client.cookies["sessionid"] = planted

        people.sign_in(client, alice.email)

        assert client.cookies["sessionid"].value != planted
        thief = Client()
        thief.cookies["sessionid"] = planted
        assert not is_in(thief)

    def test_signing_out_ends_the_session_for_whoever_has_its_cookie(self, as_member):
        client = as_member()
        thief = Client()
        thief.cookies["sessionid"] = client.cookies["sessionid"].value
        assert is_in(thief)

        page = client.post("/account/logout/")

        assert "You are signed out" in page.content.decode()
        assert not is_in(client)
        assert not is_in(thief)

    def test_a_link_does_not_sign_out(self, as_member):
        client = as_member()

        assert client.get("/account/logout/").status_code == 405
        assert is_in(client)

    def test_signing_out_closes_the_one_time_pages_too(self, as_member, make_tenant):
        client = as_member()
        session = client.session
        session["welcome_member"] = client.member.pk
        session.save()

        client.post("/account/logout/")

        assert client.get("/welcome/").status_code == 410

    def test_who_left_is_out(self, as_member):
        client = as_member("developer")

        Member.objects.filter(pk=client.member.pk).update(left_at=timezone.now())

        assert not is_in(client)

    def test_a_reset_ends_it_before_aws_has_followed(self, as_member):
        client = as_member()

        accounts.request_reset(client.member.tenant, SYSTEM)

        assert not is_in(client)

    def test_a_reset_that_overtakes_the_sign_in_wins(self, alice, client, monkeypatch):
        original = pool_sign_in.sign_in

        def overtaken(*args, **kwargs):
            person = original(*args, **kwargs)
            accounts.request_reset(alice.tenant, SYSTEM)
            return person

        monkeypatch.setattr(pool_sign_in, "sign_in", overtaken)
        people.sign_in(client, alice.email)

        assert not is_in(client)

    def test_a_suspension_and_a_closing_end_it(self, as_member):
        client = as_member()
        accounts.suspend(client.member.tenant, SYSTEM)
        assert not is_in(client)

    def test_a_new_password_ends_the_sessions_before_it(self, as_member):
        client = as_member()

        people.choose_password(client.member, "Another-horse-8-battery")

        assert not is_in(client)

    def test_two_idle_hours_end_it(self, as_member, time_machine):
        start = timezone.now()
        time_machine.move_to(start)
        client = as_member()

        time_machine.move_to(start + timedelta(hours=1, minutes=59))
        assert is_in(client)
        time_machine.move_to(start + timedelta(hours=3, minutes=58))
        assert is_in(client)
        time_machine.move_to(start + timedelta(hours=5, minutes=59))
        assert not is_in(client)

    def test_twelve_busy_hours_end_it_too(self, as_member, time_machine):
        start = timezone.now()
        time_machine.move_to(start)
        client = as_member()

        for hour in range(1, 12):
            time_machine.move_to(start + timedelta(hours=hour))
            assert is_in(client)
        time_machine.move_to(start + timedelta(hours=12, minutes=1))

        assert not is_in(client)

    def test_a_page_a_second_writes_no_session(self, as_member, django_assert_num_queries):
        client = as_member()
        client.get("/account/")
        before = client.session["account"]

        client.get("/account/")

        assert client.session["account"] == before

    def test_part_of_a_page_asks_for_the_whole_sign_in(self, client, db):
        answer = client.get("/account/", headers={"HX-Request": "true"})

        assert answer["HX-Redirect"] == "/account/login/"


class TestStaff:
    def test_a_customer_is_nobody_in_the_backoffice(self, as_member):
        assert as_member().get("/admin/").status_code == 302

    def test_staff_are_nobody_in_the_account(self, staff):
        assert staff("admin").get("/account/").status_code == 302

    def test_a_colleague_who_tries_a_customers_account_stays_signed_in_as_staff(self, staff, alice):
        client = staff("support")

        people.sign_in(client, alice.email)
        assert is_in(client)
        client.post("/account/logout/")

        assert not is_in(client)
        assert client.get("/admin/").status_code == 200


class TestLimits:
    @pytest.fixture(autouse=True)
    def minute(self, time_machine):
        """A window begins with the minute and the hour: do not let one end in between."""
        time_machine.move_to(timezone.now().replace(minute=1, second=0), tick=False)

    def test_an_account_is_locked_after_twenty_tries_from_anywhere(self, alice):
        tries = [
            Client().post(
                "/account/login/",
                {"email": alice.email, "password": "Wrong-horse-7-battery"},
                REMOTE_ADDR=f"203.0.113.{number}",
            )
            for number in range(20)
        ]
        assert all("That did not work" in words(answer) for answer in tries)

        answer = people.sign_in(Client(), alice.email)

        assert "Too many tries" in words(answer)
        assert LimitedVisitor.objects.get().what == "account"

    def test_an_unknown_account_is_locked_just_so(self, db):
        for number in range(20):
            Client().post(
                "/account/login/",
                {"email": "nobody@example.com", "password": PASSWORD},
                REMOTE_ADDR=f"203.0.113.{number}",
            )

        assert "Too many tries" in words(people.sign_in(Client(), "nobody@example.com"))

    def test_an_address_has_ten_tries_a_minute(self, alice):
        for number in range(10):
            people.sign_in(Client(), f"someone-{number}@example.com")

        assert "Too many tries" in words(people.sign_in(Client(), alice.email))

    def test_a_whole_sign_in_forgets_what_was_mistyped(self, alice, time_machine):
        start = timezone.now().replace(minute=1)
        for number in range(19):
            time_machine.move_to(start + timedelta(minutes=number))
            people.sign_in(Client(), alice.email, "Wrong-horse-7-battery")
        assert people.sign_in(Client(), alice.email).status_code == 302

        for number in range(19):
            time_machine.move_to(start + timedelta(minutes=20 + number))
            people.sign_in(Client(), alice.email, "Wrong-horse-7-battery")

        assert people.sign_in(Client(), alice.email).status_code == 302


class TestTemporaryPasswords:
    @pytest.fixture
    def waiting(self, alice, client):
        aws("cognito-idp").admin_set_user_password(
            UserPoolId=settings.USER_POOL_ID,
            Username=alice.email,
            Password=TEMPORARY,
            Permanent=False,
        )
        answer = people.sign_in(client, alice.email, TEMPORARY, next="/account/?tab=1")
        assert answer.url == "/account/login/new-password/"
        return client

    def choose(self, client, password, repeated=None):
        form = {"password": password, "repeated": repeated or password}
        return client.post("/account/login/new-password/", form)

    def test_the_person_chooses_their_own_and_is_in(self, waiting, alice):
        assert alice.email in waiting.get("/account/login/new-password/").content.decode()

        answer = self.choose(waiting, "Brand-new-horse-9")

        assert (answer.status_code, answer.url) == (302, "/account/?tab=1")
        assert is_in(waiting)
        assert people.sign_in(Client(), alice.email, "Brand-new-horse-9").status_code == 302

    def test_before_that_nobody_is_in(self, waiting):
        assert not is_in(waiting)

    def test_a_weak_one_may_be_replaced_by_a_better_one(self, waiting):
        assert "a capital" in self.choose(waiting, "onlysmallletters").content.decode()

        assert self.choose(waiting, "Brand-new-horse-9").status_code == 302

    def test_a_question_that_cognito_forgot_starts_again(self, waiting):
        with failing("cognito-idp", "RespondToAuthChallenge", "NotAuthorizedException"):
            page = self.choose(waiting, "Brand-new-horse-9")

        assert "Sign in again" in page.content.decode()
        assert waiting.get("/account/login/new-password/").url == "/account/login/"

    def test_a_reset_that_came_in_between_wins(self, waiting, alice, run_tasks):
        accounts.request_reset(alice.tenant, SYSTEM)
        run_tasks()

        self.choose(waiting, "Brand-new-horse-9")
        run_tasks()

        assert not is_in(waiting)
        alice.refresh_from_db()
        assert alice.password_set_at is None
        assert people.sign_in(Client(), alice.email, "Brand-new-horse-9").status_code == 422

    def test_without_a_question_there_is_no_answer(self, client, db):
        for page in ("new-password", "code"):
            assert client.get(f"/account/login/{page}/").url == "/account/login/"

    def test_a_login_made_by_hand_is_adopted(self, alice, client, run_tasks):
        user_pool.delete_user(settings.USER_POOL_ID, alice.user_id)
        aws("cognito-idp").admin_create_user(
            UserPoolId=settings.USER_POOL_ID,
            Username=alice.email,
            TemporaryPassword=TEMPORARY,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": alice.email}],
        )
        people.sign_in(client, alice.email, TEMPORARY)

        self.choose(client, "Brand-new-horse-9")
        run_tasks()

        assert is_in(client)
        user = user_pool.find_user(settings.USER_POOL_ID, alice.email)
        assert user.tenant_id == alice.tenant_id
        alice.refresh_from_db()
        assert alice.user_id == user.user_id

    def test_a_login_of_nobody_of_ours_has_no_account(self, client, db):
        aws("cognito-idp").admin_create_user(
            UserPoolId=settings.USER_POOL_ID,
            Username="mallory@example.com",
            TemporaryPassword=TEMPORARY,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": "mallory@example.com"}],
        )
        people.sign_in(client, "mallory@example.com", TEMPORARY)

        page = self.choose(client, "Brand-new-horse-9")

        assert "This account is closed" in page.content.decode()
        assert not is_in(client)
