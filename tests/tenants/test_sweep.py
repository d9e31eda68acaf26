"""What a lost message, a dead process or time itself leaves behind, and who picks it up."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from adapters import promo_codes, usage_plans, user_pool
from adapters.errors import TryLater
from backoffice.audit import SYSTEM
from campaigns import redemptions, rules
from campaigns.models import Redemption
from tenants import accounts, closing, signups, sweep
from tenants.models import Grant, Message, SignUp, Tenant
from tests.customers import sign_up
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = timedelta(minutes=5)


def uses(code: str) -> int:
    return promo_codes.read_code(rules.normalise(code), consistent=True).uses


def died_after(monkeypatch, module, name: str, code: str, email: str = "alice@example.com"):
    """Sign up in a process that dies right after this function did its work."""
    original = getattr(module, name)

    def work_and_die(*args, **kwargs):
        original(*args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, name, work_and_die)
        with pytest.raises(KeyboardInterrupt):
            sign_up(code=code, email=email)
    SignUp.objects.update(updated_at=timezone.now() - LONG_AGO)


def test_a_lost_message_is_sent_again(make_code, run_tasks):
    row = sign_up(code=make_code())
    waiting_tasks()

    sweep.run_due()
    run_tasks()

    assert signups.status(row) == "ready"


def test_a_sign_up_that_died_after_redeeming_is_finished(make_code, run_tasks, monkeypatch):
    code = make_code()
    died_after(monkeypatch, redemptions, "redeem_or_hold_code", code)

    sweep.run_due()
    run_tasks()

    row = SignUp.objects.get()
    assert (row.state, signups.status(row)) == (SignUp.State.PROVISIONING, "ready")
    assert uses(code) == 1


def test_a_fresh_sign_up_is_left_to_the_request_that_works_on_it(make_code, monkeypatch):
    died_after(monkeypatch, redemptions, "redeem_or_hold_code", make_code())
    SignUp.objects.update(updated_at=timezone.now())

    sweep.run_due()

    assert SignUp.objects.get().state == SignUp.State.RECEIVED


def test_a_sign_up_whose_code_went_elsewhere_meanwhile_ends_as_refused(make_code):
    code = make_code()
    SignUp.objects.create(
        form_key="6b7de35c-4b3e-4bb4-8d5c-0e7c5c0f8f52", email="bob@example.com", code=code
    )
    SignUp.objects.update(updated_at=timezone.now() - LONG_AGO)
    sign_up(code=code, email="alice@example.com")

    sweep.run_due()

    assert SignUp.objects.get(email="bob@example.com").refusal == "used_up"


def test_an_account_that_nobody_opened_is_closed_and_its_code_given_back(
    make_code, run_tasks, cloud
):
    code = make_code()
    row = sign_up(code=code, email="alice@example.com")
    run_tasks()
    key_id = row.tenant.keys.get().key_id
    SignUp.objects.update(created_at=timezone.now() - timedelta(days=15))

    sweep.run_due()
    run_tasks()
    sweep.run_due()

    assert user_pool.find_user(settings.USER_POOL_ID, "alice@example.com") is None
    assert usage_plans.read_key(key_id) is None
    assert uses(code) == 0
    assert Redemption.objects.get().released_at


@pytest.mark.parametrize(("ended", "state"), [(False, "active"), (True, "closed")])
def test_an_account_that_a_subscription_pays_for_is_not_closed_unopened(
    make_code, run_tasks, ended, state
):
    """Support may attach an agreement to somebody who came by a code and has not opened it."""
    row = sign_up(code=make_code())
    run_tasks()
    now = timezone.now()
    facts = {"source": Grant.Source.MARKETPLACE, "tier": "pro", "agreement": "agmt-1"}
    row.tenant.grants.create(**facts, starts_at=now, ended_at=now if ended else None)
    SignUp.objects.update(created_at=now - timedelta(days=15))

    sweep.run_due()

    assert Tenant.objects.get().state == state


def test_the_code_is_not_given_back_before_the_account_is_gone(make_code, run_tasks):
    code = make_code()
    sign_up(code=code)
    run_tasks()
    SignUp.objects.update(created_at=timezone.now() - timedelta(days=15))

    sweep.run_due()

    assert uses(code) == 1


def test_an_account_in_use_is_never_closed_for_its_age(make_tenant):
    tenant = make_tenant()
    tenant.members.update(password_set_at=timezone.now())
    SignUp.objects.update(created_at=timezone.now() - timedelta(days=99))

    sweep.run_due()

    assert Tenant.objects.get().state == Tenant.State.ACTIVE


def test_closing_an_account_in_use_keeps_its_code_spent(make_code, run_tasks):
    code = make_code()
    row = sign_up(code=code)
    run_tasks()
    row.tenant.members.update(password_set_at=timezone.now())

    accounts.close(row.tenant, SYSTEM)
    run_tasks()
    sweep.run_due()

    assert uses(code) == 1


def test_the_given_back_code_of_one_is_never_taken_from_another(make_code, run_tasks):
    code = make_code()
    row = sign_up(code=code, email="alice@example.com")
    run_tasks()
    closing.close_sign_up(row)
    run_tasks()
    sweep.run_due()
    sign_up(code=code, email="bob@example.com")

    redemptions.release_code(code, redeemed_by=str(row.pk), now=timezone.now())

    assert uses(code) == 1


def test_one_broken_step_does_not_stop_the_others(make_code, run_tasks, monkeypatch):
    def down() -> int:
        raise TryLater("dynamodb does not answer")

    row = sign_up(code=make_code())
    waiting_tasks()
    monkeypatch.setitem(sweep._STEPS, "gates", down)

    sweep.run_due()
    run_tasks()

    assert signups.status(row) == "ready"


def test_sweeping_twice_sends_one_mail(make_code, run_tasks, cloud):
    sign_up(code=make_code(), email="alice@example.com")
    waiting_tasks()

    sweep.run_due()
    sweep.run_due()
    run_tasks()

    assert len(cloud.mails("alice@example.com")) == 1
    assert Message.objects.get().state == Message.State.SENT
