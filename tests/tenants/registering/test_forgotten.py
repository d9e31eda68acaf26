"""Registrations that lead nowhere: closed, and their addresses free again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import own_sign_up
from adapters.errors import TryLater
from tenants import sweep
from tenants.models import SignUp
from tests.tenants.registering.conftest import user

pytestmark = pytest.mark.django_db(transaction=True)


class TestForgotten:
    def test_after_a_day_the_address_is_free_again(self, register):
        row = register()
        SignUp.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(hours=25))

        sweep.run_due()

        row.refresh_from_db()
        assert row.state == SignUp.State.CLOSED
        assert user() is None

    def test_whoever_began_anew_keeps_their_user(self, register, code_of, type_code):
        row = register()
        again = register()
        SignUp.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(hours=25))

        sweep.run_due()

        assert type_code(again, code_of()).status_code == 302

    def test_a_form_that_cognito_was_too_busy_for_is_closed_after_a_day(
        self, client, form, monkeypatch
    ):
        def busy(*_):
            raise TryLater("cognito-idp SignUp: TooManyRequestsException")

        with monkeypatch.context() as patch:
            patch.setattr(own_sign_up, "sign_up", busy)
            assert client.post("/register/", form()).status_code == 503
        SignUp.objects.update(created_at=timezone.now() - timedelta(hours=25))

        sweep.run_due()

        assert SignUp.objects.get().state == SignUp.State.CLOSED

    def test_an_account_that_nobody_opened_is_closed_after_two_weeks(
        self, register, code_of, type_code, run_tasks
    ):
        row = register()
        type_code(row, code_of())
        run_tasks()
        SignUp.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=15))

        sweep.run_due()
        run_tasks()

        assert user() is None
