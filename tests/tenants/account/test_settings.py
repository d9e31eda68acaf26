"""What a person changes for themselves: password, authenticator app, news; and closing."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from adapters import user_pool
from backoffice.models import AuditEvent
from localcloud import totp
from tenants.models import Member, Tenant
from tests import people
from tests.outages import failing
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "Brand-new-horse-9"


@pytest.fixture
def moving(time_machine):
    """Codes are good once: let a period pass before the next one."""
    start = timezone.now().replace(minute=1, second=5)
    passed = [0]
    time_machine.move_to(start, tick=False)

    def move(seconds=60):
        from datetime import timedelta

        passed[0] += seconds
        time_machine.move_to(start + timedelta(seconds=passed[0]), tick=False)

    return move


def code(secret):
    return totp.code_at(secret, int(timezone.now().timestamp()) // totp.PERIOD)


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def draw(client, password=PASSWORD):
    return client.post("/account/settings/authenticator/", {"present": password})


def secret_in(answer):
    shown = re.search(r'data-testid="totp-key">([^<]+)<', answer.content.decode())
    return shown[1].replace(" ", "")


def turn_on(client, given, password=PASSWORD):
    form = {"present": password, "code": given}
    return client.post("/account/settings/authenticator/code/", form, follow=True)


@pytest.fixture
def with_app(as_member, moving):
    """Somebody who has set up an app, and its secret."""
    client = as_member()
    secret = secret_in(draw(client))
    turn_on(client, code(secret))
    moving()
    client.secret = secret
    return client


class TestAuthenticator:
    def test_setting_it_up_shows_a_picture_and_a_key_once(self, as_member):
        client = as_member()
        answer = draw(client)

        assert "data:image/svg+xml;base64," in answer.content.decode()
        assert len(secret_in(answer)) >= 32
        assert "no-store" in answer["Cache-Control"]
        again = client.get("/account/settings/authenticator/").content.decode()
        assert secret_in(answer) not in again

    def test_it_counts_once_a_code_was_typed(self, as_member, moving):
        client = as_member()
        secret = secret_in(draw(client))
        assert people.sign_in(Client(), client.member.email).url == "/account/"

        page = turn_on(client, code(secret))

        assert "From the next sign-in on" in words(page)
        assert "on: each sign-in asks for a code" in words(page)
        assert people.sign_in(Client(), client.member.email).url == "/account/login/code/"
        assert AuditEvent.objects.get(action="add authenticator").actor_name == "alice@example.com"

    def test_a_wrong_code_changes_nothing_and_may_be_typed_again(self, as_member, moving):
        client = as_member()
        secret = secret_in(draw(client))

        page = turn_on(client, "000000")

        assert page.status_code == 422
        assert "This code does not fit." in words(page)
        assert people.sign_in(Client(), client.member.email).url == "/account/"
        assert "From the next sign-in on" in words(turn_on(client, code(secret)))

    def test_without_the_password_nothing_is_shown(self, as_member):
        answer = draw(as_member(), "Wrong-horse-7-battery")

        assert answer.status_code == 422
        assert "not your present password" in words(answer)
        assert "totp-key" not in answer.content.decode()

    def test_the_secret_is_in_no_row(self, as_member, moving, caplog):
        client = as_member()
        secret = secret_in(draw(client))
        turn_on(client, code(secret))

        with connection.cursor() as cursor:
            for table in connection.introspection.table_names():
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
                assert secret not in str(cursor.fetchall()), table
        assert secret not in str(dict(client.session))
        assert secret not in caplog.text

    def test_one_that_is_set_up_is_not_set_up_over(self, with_app):
        assert "set up already" in words(draw(with_app))

    def test_it_is_removed_with_password_and_code(self, with_app):
        form = {"present": PASSWORD, "code": code(with_app.secret)}
        page = with_app.post("/account/settings/authenticator/remove/", form, follow=True)

        assert "We ask for no code any more." in words(page)
        assert people.sign_in(Client(), with_app.member.email).url == "/account/"
        assert AuditEvent.objects.filter(action="remove authenticator").count() == 1

    @pytest.mark.parametrize(("password", "given"), [(PASSWORD, "000000"), ("Wrong-1-pass", "")])
    def test_it_stays_without_either(self, with_app, password, given):
        form = {"present": password, "code": given or code(with_app.secret)}

        answer = with_app.post("/account/settings/authenticator/remove/", form)

        assert answer.status_code == 422
        assert people.sign_in(Client(), with_app.member.email).url == "/account/login/code/"

    def test_while_cognito_is_away_the_page_says_so(self, as_member):
        client = as_member()

        with failing("cognito-idp", "AdminGetUser", "InternalErrorException"):
            page = client.get("/account/settings/")

        assert "we cannot say at the moment" in words(page)


class TestSignInWithACode:
    @pytest.fixture
    def browser(self, with_app):
        browser = Client()
        answer = people.sign_in(browser, with_app.member.email, next="/account/settings/")
        assert answer.url == "/account/login/code/"
        browser.secret, browser.member = with_app.secret, with_app.member
        return browser

    def type(self, browser, given):
        return browser.post("/account/login/code/", {"code": given})

    def test_the_password_alone_opens_nothing(self, browser):
        assert browser.get("/account/").status_code == 302

    def test_the_code_lets_the_person_in_where_they_wanted_to_go(self, browser):
        assert self.type(browser, code(browser.secret)).url == "/account/settings/"
        assert browser.get("/account/").status_code == 200

    def test_a_code_may_be_typed_in_groups(self, browser):
        given = code(browser.secret)

        assert self.type(browser, f" {given[:3]} {given[3:]} ").status_code == 302

    @pytest.mark.parametrize("given", ["12345", "abcdef", "١٢٣٤٥٦", ""])
    def test_what_is_no_code_is_not_sent(self, browser, given):
        with failing("cognito-idp", "RespondToAuthChallenge", "InternalErrorException") as sent:
            assert self.type(browser, given).status_code == 422

        assert sent == []

    def test_a_wrong_code_may_be_followed_by_the_right_one(self, browser):
        assert "This code does not fit." in words(self.type(browser, "000000"))

        assert self.type(browser, code(browser.secret)).status_code == 302

    def test_a_code_that_was_used_is_no_good(self, browser, with_app):
        used = code(browser.secret)
        self.type(browser, used)
        other = Client()
        people.sign_in(other, browser.member.email)

        assert "This code does not fit." in words(self.type(other, used))

    def test_guessing_codes_closes_the_account_for_the_hour(self, browser, moving):
        for number in range(25):
            moving(61)
            people.sign_in(browser, browser.member.email)
            self.type(browser, f"{number:06d}")

        people.sign_in(browser, browser.member.email)
        answer = self.type(browser, code(browser.secret))

        assert answer.status_code != 302 or answer.url == "/account/login/"
        assert browser.get("/account/").status_code == 302

    def test_a_stolen_question_is_worth_nothing_after_the_sign_in(self, browser):
        planted = browser.cookies["sessionid"].value
        self.type(browser, code(browser.secret))
        thief = Client()
        thief.cookies["sessionid"] = planted

        assert thief.get("/account/").status_code == 302


class TestPassword:
    def change(self, client, present=PASSWORD, new=NEW, **more):
        form = {"present": present, "password": new, "repeated": new, **more}
        return client.post("/account/settings/password/", form, follow=True)

    def test_the_new_one_counts_and_other_browsers_are_out(self, as_member):
        client = as_member()
        other = Client()
        people.sign_in(other, client.member.email)

        page = self.change(client)

        assert "Your password is changed." in words(page)
        assert client.get("/account/").status_code == 200
        assert other.get("/account/").status_code == 302
        assert people.sign_in(Client(), client.member.email).status_code == 422
        assert people.sign_in(Client(), client.member.email, NEW).status_code == 302
        assert AuditEvent.objects.filter(action="change password").count() == 1

    def test_the_session_has_a_new_key(self, as_member):
        client = as_member()
        before = client.cookies["sessionid"].value

        self.change(client)

        assert client.cookies["sessionid"].value != before

    def test_a_wrong_present_one_changes_nothing(self, as_member):
        client = as_member()

        page = self.change(client, present="Wrong-horse-7-battery")

        assert "not your present password" in words(page)
        assert people.sign_in(Client(), client.member.email).status_code == 302

    def test_a_weak_one_is_refused_by_the_pool(self, as_member):
        assert "a capital" in words(self.change(as_member(), new="onlysmallletters"))

    def test_no_password_is_written_back(self, as_member):
        page = self.change(as_member(), new="onlysmallletters").content.decode()

        assert PASSWORD not in page
        assert "onlysmallletters" not in page

    def test_with_an_app_the_code_is_asked_for_too(self, with_app):
        page = with_app.get("/account/settings/password/").content.decode()
        assert 'name="code"' in page

        assert "This code does not fit." in words(self.change(with_app))
        assert "is changed" in words(self.change(with_app, code=code(with_app.secret)))

    def test_without_an_app_it_is_not(self, as_member):
        page = as_member().get("/account/settings/password/").content.decode()

        assert 'name="code"' not in page


class TestNews:
    def choose(self, client, wanted):
        return client.post("/account/settings/news/", {"wanted": wanted}, follow=True)

    def test_saying_yes_is_dated_and_no_forgets_it(self, as_member):
        client = as_member("read-only")

        page = self.choose(client, "yes")

        member = Member.objects.get(pk=client.member.pk)
        assert f"{member.marketing_opt_in_at:%Y-%m-%d %H:%M} UTC" in words(page)
        assert "You get none." in words(self.choose(client, "no"))
        actions = AuditEvent.objects.values_list("action", flat=True)
        assert {"subscribe to news", "unsubscribe from news"} <= set(actions)

    def test_saying_yes_twice_keeps_the_first_date(self, as_member):
        client = as_member()
        self.choose(client, "yes")
        first = Member.objects.get(pk=client.member.pk).marketing_opt_in_at

        self.choose(client, "yes")

        assert Member.objects.get(pk=client.member.pk).marketing_opt_in_at == first


class TestClosing:
    def close(self, client, typed="Ames Optics", present=PASSWORD, **more):
        form = {"company": typed, "present": present, **more}
        return client.post("/account/settings/close/", form)

    def test_it_says_what_happens_and_does_it(self, as_member, run_tasks):
        client = as_member()
        assert "cannot be undone" in words(client.get("/account/settings/close/"))

        answer = self.close(client)
        run_tasks()

        assert "The account is closed" in words(answer)
        assert Tenant.objects.get().state == "closed"
        assert client.get("/account/").status_code == 302
        assert people.sign_in(Client(), "alice@example.com").status_code == 422
        assert AuditEvent.objects.get(action="close account").actor_name == "alice@example.com"

    def test_the_login_is_gone(self, as_member, run_tasks, settings):
        self.close(as_member())
        run_tasks()

        assert user_pool.find_user(settings.USER_POOL_ID, "alice@example.com") is None

    def test_another_name_closes_nothing(self, as_member):
        answer = self.close(as_member(), "ames")

        assert "This is not the name." in words(answer)
        assert Tenant.objects.get().state == "active"

    def test_a_session_alone_closes_nothing(self, as_member):
        client = as_member()

        assert "Write your password." in words(self.close(client, present=""))
        assert "This is not your present password." in words(self.close(client, present="guess"))
        assert Tenant.objects.get().state == "active"

    def test_who_has_an_app_is_asked_for_its_code(self, as_member, moving):
        client = as_member()
        secret = secret_in(draw(client))
        turn_on(client, code(secret))
        moving()

        page = words(client.get("/account/settings/close/"))
        without, wrong = self.close(client), self.close(client, code="000000")
        assert Tenant.objects.get().state == "active"
        right = self.close(client, code=code(secret))

        assert "Code from your authenticator app" in page
        assert (without.status_code, wrong.status_code) == (422, 422)
        assert "This code does not fit." in words(wrong)
        assert "The account is closed" in words(right)

    @pytest.mark.parametrize("role", ["developer", "billing", "read-only"])
    def test_only_an_owner_closes(self, as_member, role):
        client = as_member(role)

        assert self.close(client).status_code == 403
        assert "Close the account" not in words(client.get("/account/settings/"))
        assert Tenant.objects.get().state == "active"
