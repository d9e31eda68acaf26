"""The form, the page that asks for the code, and what follows in this browser and in another."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from adapters import rights, user_pool
from adapters.registrations import Registration, own_place
from tenants import limits
from tenants.models import Grant, Member, SignUp, Tenant
from tenants.registering import asking
from tests import people
from tests.tenants.registering.conftest import EMAIL, other_than, user

pytestmark = pytest.mark.django_db(transaction=True)


class TestThePages:
    def test_the_form_leads_to_the_page_that_asks_for_the_code(self, client, register):
        row = register()

        page = client.get(f"/register/{row.pk}/").content.decode()
        assert row.state == SignUp.State.CONFIRMING
        assert "n•••@newcomer.example" in page
        assert not Member.objects.exists()

    def test_the_right_code_makes_the_account(
        self, client, register, code_of, type_code, run_tasks
    ):
        row = register()

        answer = type_code(row, code_of())
        run_tasks()

        assert answer.url == f"/signup/{row.pk}/"
        row.refresh_from_db()
        assert row.tenant.company == "Newcomer"
        assert row.tenant.pk == own_place(Registration(row.user_id, EMAIL)).tenant_id
        [grant] = row.tenant.grants.all()
        assert (grant.source, grant.tier) == (Grant.Source.OPEN, "free")
        assert rights.read_permission(row.user_id).state == "open"

    def test_this_browser_goes_on_to_a_password(
        self, client, register, code_of, type_code, run_tasks
    ):
        row = register()
        type_code(row, code_of())
        run_tasks()

        assert "Choose a password" in client.get(f"/signup/{row.pk}/").content.decode()
        answer = client.post(f"/signup/{row.pk}/password/", follow=True)
        assert 'data-testid="set-password-form"' in answer.content.decode()

    def test_another_browser_does_not(self, client, register, code_of, type_code, run_tasks):
        row = register()
        type_code(row, code_of())
        run_tasks()

        page = Client().get(f"/signup/{row.pk}/").content.decode()
        assert "We sent a mail" in page

    def test_a_pasted_code_may_have_spaces(self, register, code_of, type_code):
        row = register()
        code = code_of()

        assert type_code(row, f" {code[:3]} {code[3:]} ").status_code == 302

    @pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "١٢٣٤٥٦"])
    def test_what_cannot_be_a_code_is_not_sent_to_cognito(self, register, type_code, typed):
        answer = type_code(register(), typed)

        assert answer.status_code == 422
        assert "That is not the code" not in answer.content.decode()
        assert user().status == user_pool.UNCONFIRMED

    def test_a_wrong_code_makes_nothing(self, register, code_of, type_code):
        row = register()

        answer = type_code(row, other_than(code_of()))

        assert answer.status_code == 422
        assert "That is not the code" in answer.content.decode()
        assert not Tenant.objects.exists()

    def test_another_code_can_be_asked_for_after_a_while(self, client, cloud, register, code_of):
        row = register()
        client.post(f"/register/{row.pk}/another-code/")
        assert len(cloud.mails(EMAIL)) == 1
        SignUp.objects.update(code_sent_at=timezone.now() - asking.BETWEEN_CODES)

        client.post(f"/register/{row.pk}/another-code/")

        assert len(cloud.mails(EMAIL)) == 2
        assert 'data-waits="30"' in client.get(f"/register/{row.pk}/").content.decode()

    def test_the_form_sent_twice_is_one_registration(self, cloud, register):
        key = str(uuid.uuid4())

        assert register(form_key=key) == register(form_key=key)

        assert len(cloud.mails(EMAIL)) == 1

    def test_a_corrected_address_in_the_same_form_is_another_registration(
        self, cloud, register, code_of, type_code
    ):
        """Who goes back in the browser sends the same form again, with another address in it."""
        key = str(uuid.uuid4())
        wrong = register(form_key=key, email="nina@newcomre.example")
        row = register(form_key=key)

        assert row != wrong
        assert type_code(row, code_of()).status_code == 302
        assert Member.objects.get().email == EMAIL

    def test_who_starts_again_gets_a_new_code_and_one_account(
        self, cloud, register, code_of, type_code, run_tasks
    ):
        register()
        again = register(company="Newcomer and Sons")

        assert type_code(again, code_of()).status_code == 302
        run_tasks()

        assert [tenant.company for tenant in Tenant.objects.all()] == ["Newcomer and Sons"]

    def test_where_it_is_closed_there_is_no_page(self, client, settings):
        settings.OPEN_REGISTRATION = False

        assert client.get("/register/").status_code == 404
        assert "/register/" not in client.get("/signup/").content.decode()

    @pytest.mark.parametrize("other", ["minute", "hour"])
    def test_too_many_codes_lock_whoever_types_them_and_the_account_they_are_for(
        self, settings, monkeypatch, time_machine, register, code_of, type_code, other
    ):
        """Each of the two limits alone, within one of its windows."""
        settings.RATE_LIMITS = True
        time_machine.move_to(timezone.now(), tick=False)
        if other == "minute":
            monkeypatch.setitem(limits.MOST_PER_MINUTE, "code", 1000)
        else:
            monkeypatch.setattr(limits, "MOST_SIGN_INS_PER_HOUR", 1000)
        row = register()
        wrong = other_than(code_of())

        answers = [type_code(row, wrong) for _ in range(21)]

        assert answers[-1].status_code == 422
        assert "That is not the code" not in answers[-1].content.decode()


class TestForStaffAndCustomer:
    def test_support_sees_how_somebody_came(self, staff, register):
        row = register()

        page = staff("support").get(f"/admin/tenants/signup/{row.pk}/change/").content.decode()

        assert "open registration" in page.casefold()
        assert "Last confirmation code mailed" in page

    def test_the_overview_says_where_the_plan_comes_from(
        self, client, register, code_of, type_code, run_tasks
    ):
        type_code(register(), code_of())
        run_tasks()
        people.choose_password(Member.objects.get(email=EMAIL))
        people.sign_in(client, EMAIL)

        assert "Without a code" in client.get("/account/").content.decode()
