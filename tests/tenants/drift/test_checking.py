"""The check of everything: whoever agrees is not named, whatever differs is, and nothing twice."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from adapters import inventories, rights, usage_plans, user_pool
from adapters.aws import client as aws
from backoffice.audit import SYSTEM
from backoffice.models import Job
from backoffice.verbs import VerbRefused
from tenants import accounts
from tenants.drift import checking, findings
from tenants.models import ApiKey, Difference, SeenKey, SeenLogin
from tests.people import add_member
from tests.tenants.drift.strays import DOMAIN, a_permission, an_access, make_strays

pytestmark = pytest.mark.django_db(transaction=True)

Kind = Difference.Kind


@pytest.fixture
def tenant(make_tenant):
    return make_tenant("alice@example.com")


def key_of(tenant):
    return tenant.keys.get(state=ApiKey.State.LIVE)


def login_of(tenant):
    return user_pool.find_user(settings.USER_POOL_ID, tenant.members.get().email)


def sign_up_by_program(email):
    """As a program does that asks Cognito itself; the code from the mail is not typed."""
    aws("cognito-idp").sign_up(
        ClientId=settings.USER_POOL_CLIENT_ID, Username=email, Password="Correct-7-horse"
    )


def test_who_agrees_is_not_named(tenant, look, run_tasks):
    add_member(tenant, "developer", "bob@example.com")
    run_tasks()

    assert look() == {}
    assert checking.checks().get().done == 1


def test_nothing_that_was_read_is_kept(tenant, look):
    look()

    assert not SeenLogin.objects.exists()
    assert not SeenKey.objects.exists()


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (
            lambda tenant: user_pool.delete_user(settings.USER_POOL_ID, login_of(tenant).user_id),
            "create user alice@example.com",
        ),
        (
            lambda tenant: user_pool.disable_user(settings.USER_POOL_ID, login_of(tenant).user_id),
            "enable user alice@example.com",
        ),
        (
            lambda tenant: user_pool.set_tenant(
                settings.USER_POOL_ID, login_of(tenant).user_id, "another"
            ),
            "put alice@example.com under this customer",
        ),
        (lambda tenant: usage_plans.delete_key(key_of(tenant).key_id), "create key"),
        (lambda tenant: usage_plans.switch_key(key_of(tenant).key_id, enabled=False), "enable key"),
        (
            lambda tenant: usage_plans.detach_key(
                usage_plans.plan_of("starter"), key_of(tenant).key_id
            ),
            "to the starter plan",
        ),
        (lambda tenant: rights.delete_permission(login_of(tenant).user_id), "write rights of"),
        (
            lambda tenant: rights.write_access(an_access(key_of(tenant).key_id, tenant.pk)),
            "write rights of",
        ),
    ],
    ids=[
        "login deleted",
        "login switched off",
        "login of another customer",
        "key deleted",
        "key switched off",
        "key without a plan",
        "permissions deleted",
        "access of another payer",
    ],
)
def test_each_thing_that_is_otherwise_is_named(tenant, look, break_it, says):
    break_it(tenant)

    found = look()

    assert found.keys() == {Kind.CUSTOMER}
    assert says in found[Kind.CUSTOMER].what
    assert found[Kind.CUSTOMER].tenant == tenant


def test_a_login_that_was_made_anew_by_hand_is_a_difference(tenant, look):
    user_pool.delete_user(settings.USER_POOL_ID, login_of(tenant).user_id)
    user_pool.create_user(settings.USER_POOL_ID, email="alice@example.com", tenant_id=tenant.pk)

    found = look()

    assert "write rights of alice@example.com" in found[Kind.CUSTOMER].what
    # What the old login left behind.
    assert found.keys() == {Kind.CUSTOMER}


def test_what_is_nobodys_is_named(tenant, look):
    user_id, key_id = make_strays()
    rights.write_access(an_access("key-that-was", tenant.pk))

    found = look()

    assert {kind: row.thing for kind, row in found.items()} == {
        Kind.LOGIN: user_id,
        Kind.KEY: key_id,
        Kind.PERMISSION: "somebody-who-was",
        Kind.ACCESS: "key-that-was",
        Kind.DOMAIN: DOMAIN,
    }
    assert found[Kind.LOGIN].name == "stranger@example.com"
    assert "a customer whom we do not have" in found[Kind.LOGIN].what
    assert found[Kind.ACCESS].tenant == tenant


def test_keys_of_other_stages_are_none_of_our_business(tenant, look):
    aws("apigateway").create_api_key(name="gatehouse-elsewhere-key-1", enabled=True)
    aws("apigateway").create_api_key(name="somebody's", enabled=True)

    assert look() == {}


def test_whoever_is_on_the_way_in_or_out_is_not_drift(tenant, look, run_tasks):
    sign_up_by_program("new@example.com")
    accounts.close(tenant, SYSTEM)
    run_tasks()

    assert look() == {}


def test_who_never_confirmed_is_nobody_after_two_days(tenant, look, time_machine):
    sign_up_by_program("new@example.com")
    time_machine.move_to(timezone.now() + timedelta(days=3))

    assert look()[Kind.LOGIN].name == "new@example.com"


def test_a_customer_at_whom_a_worker_was_meanwhile_is_left_out(tenant, run_tasks):
    usage_plans.switch_key(key_of(tenant).key_id, enabled=False)
    job = checking.check(SYSTEM)
    type(tenant).objects.update(reconciled_at=timezone.now())

    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.DONE, 0)
    assert not Difference.objects.exists()


def test_pages_are_read_to_the_last(make_tenant, look, run_tasks, monkeypatch):
    """Pages of one: eight logins and as many keys, over several chunks."""
    for name in ("LOGINS", "KEYS", "RIGHTS"):
        monkeypatch.setattr(inventories, name, 1)
    monkeypatch.setattr(checking, "PAGES_AT_ONCE", 3)
    monkeypatch.setattr(checking, "CUSTOMERS_AT_ONCE", 1)
    monkeypatch.setattr(checking, "BETWEEN_LOGIN_PAGES", 0)
    tenants = [make_tenant(f"person{n}@example.com") for n in range(4)]
    for n in range(4):
        rights.write_permission(a_permission(f"stray-{n}"))
    usage_plans.switch_key(key_of(tenants[2]).key_id, enabled=False)

    look()

    kinds = sorted(Difference.objects.values_list("kind", flat=True))
    assert kinds == [Kind.CUSTOMER, *[Kind.PERMISSION] * 4]
    assert checking.checks().get().done == 4


def test_what_is_mended_is_forgotten_by_the_next_check_and_the_rest_stays(tenant, look):
    rights.write_permission(a_permission("one"))
    rights.write_permission(a_permission("two"))
    look()
    first = Difference.objects.get(thing="two")
    rights.delete_permission("one")

    look()

    second = Difference.objects.get()
    assert (second.pk, second.found_at) == (first.pk, first.found_at)
    assert second.seen_at > first.seen_at


def test_a_chunk_that_is_done_twice_makes_no_false_word(tenant, make_tenant, settle):
    """A worker that died after it noted the place: nobody is named who agrees."""
    make_tenant("bob@example.com")
    settle()
    job = checking.check(SYSTEM)
    index = 0
    while index < Job.objects.get(pk=job.pk).chunks:
        job.refresh_from_db()
        for _again in range(2):
            assert job.claim()
            checking._do_chunk(job, index)
            job.give_back()
            job.refresh_from_db()
        index += 1
    checking._finish(job)

    assert not Difference.objects.exists()


def test_of_two_checks_the_newer_one_goes_on(tenant, run_tasks):
    older = checking.check(SYSTEM)
    Job.objects.filter(pk=older.pk).update(state=Job.State.FAILED)
    newer = checking.check(SYSTEM)
    Job.objects.filter(pk=older.pk).update(state=Job.State.RUNNING)

    run_tasks()

    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.state, newer.state) == (Job.State.FAILED, Job.State.DONE)
    assert older.error == "A newer check has begun."


def test_one_check_at_a_time(tenant):
    checking.check(SYSTEM)

    with pytest.raises(VerbRefused):
        checking.check(SYSTEM)


def test_the_schedule_has_it_done_once_a_day(tenant, run_tasks, time_machine):
    assert checking.check_if_due()
    run_tasks()
    assert not checking.check_if_due()

    time_machine.move_to(timezone.now() + timedelta(hours=25))

    assert checking.check_if_due()


def test_one_that_failed_is_tried_again_after_an_hour(tenant, time_machine):
    checking.check(SYSTEM)
    Job.objects.update(state=Job.State.FAILED)
    assert not checking.check_if_due()

    time_machine.move_to(timezone.now() + timedelta(hours=2))

    assert checking.check_if_due()


def test_a_customer_who_was_mended_since_counts_no_more(tenant, look, run_tasks):
    usage_plans.switch_key(key_of(tenant).key_id, enabled=False)
    look()
    assert findings.open_differences().count() == 1

    accounts.reconcile_now(tenant, SYSTEM)
    run_tasks()

    assert not findings.open_differences().exists()
