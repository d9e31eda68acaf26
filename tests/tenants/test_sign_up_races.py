"""Forms that overtake each other: no code is used by two, none stays spent by nobody."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import promo_codes
from campaigns import redemptions, rules
from campaigns.errors import CodeSpent, WrongDomain
from campaigns.models import Redemption
from tenants import closing, confirmations, founding, signups, sweep
from tenants.models import Member, SignUp, Tenant
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


def uses(code):
    return promo_codes.read_code(rules.normalise(code), consistent=True).uses


def die(*_, **__):
    raise KeyboardInterrupt


def sweep_later():
    SignUp.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
    sweep.run_due()


@pytest.fixture
def died(monkeypatch):
    """Let a sign-up die after its code is spent."""

    def run(form_key=None, **fields):
        with monkeypatch.context() as patch:
            patch.setattr(founding, "found_account", die)
            with pytest.raises(KeyboardInterrupt):
                sign_up(form_key, **fields)

    return run


def test_a_corrected_form_that_overtakes_the_first_leaves_each_code_with_its_customer(
    make_code, died, monkeypatch
):
    first, second, form_key = make_code(), make_code(), uuid.uuid4()
    found_account = founding.found_account

    def overtaken(row, redemption):
        monkeypatch.setattr(founding, "found_account", found_account)
        died(form_key, code=second)
        return found_account(row, redemption)

    monkeypatch.setattr(founding, "found_account", overtaken)
    sign_up(form_key, code=first)
    sweep_later()

    assert Tenant.objects.count() == 1
    counted = Redemption.objects.get(released_at=None).code
    spent = {code for code in (first, second) if uses(code)}
    assert {rules.normalise(code) for code in spent} == {counted}


def test_a_form_that_died_and_comes_with_another_code_gives_the_first_one_back(make_code, died):
    first, second, form_key = make_code(), make_code(), uuid.uuid4()
    died(form_key, code=first)

    row = sign_up(form_key, code=second)

    assert row.state == SignUp.State.PROVISIONING
    assert (uses(first), uses(second)) == (0, 1)
    sweep_later()
    assert (uses(first), uses(second)) == (0, 1)


def test_another_address_on_the_same_form_is_judged_anew(make_campaign, make_code, died):
    code = make_code(make_campaign(allowed_domains="example.com"))
    form_key = uuid.uuid4()
    died(form_key, code=code, email="alice@example.com")

    with pytest.raises(WrongDomain):
        sign_up(form_key, code=code, email="mallory@elsewhere.example")

    sweep_later()
    assert not Member.objects.exists()
    assert uses(code) == 0


def test_the_same_form_after_a_death_goes_on_with_its_use(make_code, died):
    code, form_key = make_code(), uuid.uuid4()
    died(form_key, code=code)

    row = sign_up(form_key, code=code)

    assert (row.state, uses(code), SignUp.objects.count()) == ("provisioning", 1, 1)


def test_who_became_known_meanwhile_gets_the_first_code_back(make_code, died):
    first, second = make_code(), make_code()
    died(code=first)
    sign_up(code=second)

    sweep_later()

    assert (uses(first), uses(second)) == (0, 1)
    assert Tenant.objects.count() == 1


def test_a_refused_form_corrected_many_times_at_once_is_one_sign_up(make_code, in_threads):
    spent, code, form_key = make_code(), make_code(max_uses=9), uuid.uuid4()
    sign_up(code=spent, email="bob@example.com")
    with pytest.raises(CodeSpent):
        sign_up(form_key, code=spent)

    rows = in_threads(8, lambda _: sign_up(form_key, code=code))

    assert len({row.pk for row in rows}) == 1
    assert (Tenant.objects.count(), uses(code)) == (2, 1)


def test_who_confirms_while_the_overdue_are_closed_keeps_the_code(
    make_campaign, make_code, monkeypatch
):
    campaign = make_campaign(confirm_first=True)
    codes = [make_code(campaign) for _ in range(2)]
    rows = [sign_up(code=code, email=f"{n}@example.com") for n, code in enumerate(codes)]
    old = timezone.now() - confirmations.LIFETIME - timedelta(minutes=1)
    SignUp.objects.update(created_at=old)
    release_code = redemptions.release_code
    late = []

    def meanwhile(*args, **kwargs):
        if not late:
            late.extend(SignUp.objects.filter(state=SignUp.State.CONFIRMING))
            for row in rows:
                signups.confirm(row)
        return release_code(*args, **kwargs)

    monkeypatch.setattr(redemptions, "release_code", meanwhile)
    closing.close_unconfirmed()
    sweep_later()

    for row, code in zip(rows, codes, strict=True):
        row.refresh_from_db()
        assert uses(code) == (row.state == SignUp.State.PROVISIONING)


def test_a_code_that_cannot_exist_holds_up_no_other(make_code):
    for code in ("A", make_code()):
        row = sign_up(code=make_code(), email=f"{uuid.uuid4()}@example.com")
        SignUp.objects.filter(pk=row.pk).update(code=code, state=SignUp.State.CLOSED, tenant=None)

    sweep_later()

    assert not SignUp.objects.filter(code_released_at=None).exists()
