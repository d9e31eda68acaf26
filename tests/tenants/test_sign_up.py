import uuid

import pytest

from adapters import promo_codes
from campaigns import rules
from campaigns.errors import CodeSpent
from tenants import signups
from tenants.models import Member, SignUp, Tenant
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


def stored(code: str) -> promo_codes.PromoCode:
    found = promo_codes.read_code(rules.normalise(code), consistent=True)
    assert found
    return found


def test_a_good_code_makes_a_customer_with_an_owner_a_grant_and_a_wanted_key(make_code):
    row = sign_up(code=make_code(), email="alice@example.com")

    tenant = row.tenant
    assert row.state == SignUp.State.PROVISIONING
    assert [member.email for member in tenant.members.all()] == ["alice@example.com"]
    assert [grant.tier for grant in tenant.grants.all()] == ["starter"]
    assert [key.state for key in tenant.keys.all()] == ["wanted"]


def test_the_worker_sets_the_customer_up_and_mails_a_link(make_code, run_tasks, cloud):
    row = sign_up(code=make_code(), email="alice@example.com")

    run_tasks()

    row.refresh_from_db()
    assert row.tenant.is_reconciled, row.tenant.trouble
    assert signups.status(row) == "ready"
    assert "/welcome/" in cloud.mails("alice@example.com")[0]["text"]


def test_a_spent_code_is_refused_and_makes_nothing(make_code):
    code = make_code()
    sign_up(code=code, email="alice@example.com")

    with pytest.raises(CodeSpent):
        sign_up(code=code, email="bob@example.com")

    assert not Member.objects.filter(email="bob@example.com").exists()


def test_the_same_form_sent_twice_is_one_sign_up(make_code):
    code, form_key = make_code(max_uses=5), uuid.uuid4()

    first = sign_up(form_key, code=code)
    second = sign_up(form_key, code=code)

    assert first == second
    assert Tenant.objects.count() == 1
    assert stored(code).uses == 1


def test_the_same_form_sent_by_many_threads_is_one_sign_up(make_code, in_threads):
    code, form_key = make_code(max_uses=50), uuid.uuid4()

    rows = in_threads(8, lambda _: sign_up(form_key, code=code))

    assert {row.pk for row in rows} == {SignUp.objects.get().pk}
    assert Tenant.objects.count() == 1
    assert stored(code).uses == 1


def test_a_refused_form_may_be_corrected(make_code):
    spent, form_key = make_code(), uuid.uuid4()
    sign_up(code=spent, email="alice@example.com")
    with pytest.raises(CodeSpent):
        sign_up(form_key, code=spent, email="bob@example.com")

    row = sign_up(form_key, code=make_code(), email="bob@example.com")

    assert row.state == SignUp.State.PROVISIONING


def test_a_known_address_gets_a_mail_and_keeps_its_code(make_code, make_tenant, run_tasks, cloud):
    make_tenant("alice@example.com")
    code = make_code()

    row = sign_up(code=code, email="alice@example.com")
    run_tasks()

    assert row.state == SignUp.State.KNOWN
    assert signups.status(row) == "ready"
    assert stored(code).uses == 0
    assert Tenant.objects.count() == 1
    assert "already" in cloud.mails("alice@example.com")[0]["text"]


def test_a_known_address_with_a_spent_code_is_refused_like_anybody(make_code, make_tenant):
    make_tenant("alice@example.com")
    spent = make_code()
    sign_up(code=spent, email="bob@example.com")

    with pytest.raises(CodeSpent):
        sign_up(code=spent, email="alice@example.com")
