"""Provisioning and everything that follows it, through the reconciler, against the local cloud."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from adapters import rights, usage_plans, user_pool
from adapters.aws import client
from adapters.errors import Refused, TryLater
from backoffice.audit import SYSTEM
from tenants import accounts, reconcile
from tenants.models import ApiKey, Grant, SyncStep, Tenant
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


def key_of(tenant: Tenant) -> ApiKey:
    return tenant.keys.get(state=ApiKey.State.LIVE)


def user_of(tenant: Tenant):
    return user_pool.find_user(settings.USER_POOL_ID, tenant.members.get().email)


def test_provisioning_makes_user_key_membership_permissions_and_access(make_tenant):
    tenant = make_tenant("alice@example.com")

    user, key = user_of(tenant), usage_plans.read_key(key_of(tenant).key_id)
    permission, access = rights.read_rights(user.user_id, key.key_id)
    assert (user.tenant_id, user.enabled) == (tenant.pk, True)
    assert (key.enabled, key.plan_ids) == (True, (usage_plans.plan_of("starter"),))
    assert (permission.state, permission.tier, permission.role) == ("open", "starter", "owner")
    assert (access.state, access.tenant_id, access.tier) == ("open", tenant.pk, "starter")


def test_a_reconciled_tenant_has_nothing_left_to_do(make_tenant):
    tenant = make_tenant()

    assert reconcile.plan_for(tenant) == []


def test_steps_are_rows_that_staff_can_read(make_tenant):
    tenant = make_tenant("alice@example.com")

    steps = [step.what for step in SyncStep.objects.filter(tenant=tenant).order_by("id")]
    assert steps[0] == "create user alice@example.com"
    assert any(step.startswith("create key") for step in steps)


def test_suspending_closes_access_disables_key_and_user(make_tenant, run_tasks):
    tenant = make_tenant()

    accounts.suspend(tenant, SYSTEM)
    run_tasks()

    key = key_of(tenant)
    assert rights.read_access(key.key_id).state == "closed"
    assert rights.read_permission(user_of(tenant).user_id).state == "closed"
    assert not usage_plans.read_key(key.key_id).enabled
    assert not user_of(tenant).enabled


def test_suspending_closes_access_before_anything_slower(make_tenant):
    tenant = make_tenant()
    accounts.suspend(tenant, SYSTEM)

    first = reconcile.plan_for(Tenant.objects.get(pk=tenant.pk))[0]

    assert str(first).endswith("closed, starter")


def test_a_customer_suspended_before_being_set_up_ends_closed(make_code, run_tasks):
    row = sign_up(code=make_code())
    accounts.suspend(row.tenant, SYSTEM)

    run_tasks()

    tenant = Tenant.objects.get(pk=row.tenant.pk)
    assert tenant.is_reconciled, tenant.trouble
    assert rights.read_access(key_of(tenant).key_id).state == "closed"
    assert not usage_plans.read_key(key_of(tenant).key_id).enabled


def test_reinstating_opens_everything_again(make_tenant, run_tasks):
    tenant = make_tenant()
    accounts.suspend(tenant, SYSTEM)
    run_tasks()

    accounts.reinstate(tenant, SYSTEM)
    run_tasks()

    key = key_of(tenant)
    assert rights.read_access(key.key_id).state == "open"
    assert usage_plans.read_key(key.key_id).enabled
    assert user_of(tenant).enabled


def test_changing_the_tier_moves_the_key_to_the_other_plan(make_tenant, run_tasks):
    tenant = make_tenant()

    accounts.change_tier(tenant, "pro", SYSTEM)
    run_tasks()

    key = key_of(tenant)
    assert usage_plans.read_key(key.key_id).plan_ids == (usage_plans.plan_of("pro"),)
    assert rights.read_access(key.key_id).tier == "pro"


def test_resetting_replaces_the_key_and_mails_a_link(make_tenant, run_tasks, cloud):
    tenant = make_tenant("alice@example.com")
    old = key_of(tenant)
    mails = len(cloud.mails("alice@example.com"))

    accounts.request_reset(tenant, SYSTEM)
    run_tasks()

    new = key_of(tenant)
    assert new.key_id != old.key_id
    assert usage_plans.read_key(old.key_id) is None
    assert rights.read_access(old.key_id) is None
    assert len(cloud.mails("alice@example.com")) == mails + 1


def test_resetting_without_a_new_key_keeps_the_old_one(make_tenant, run_tasks):
    tenant = make_tenant()
    old = key_of(tenant)

    accounts.request_reset(tenant, SYSTEM, new_key=False)
    run_tasks()

    assert key_of(tenant) == old


def test_closing_removes_user_keys_and_rights_and_frees_the_address(make_tenant, run_tasks):
    tenant = make_tenant("alice@example.com")
    user, key = user_of(tenant), key_of(tenant)

    accounts.close(tenant, SYSTEM)
    run_tasks()

    assert user_pool.find_user(settings.USER_POOL_ID, "alice@example.com") is None
    assert usage_plans.read_key(key.key_id) is None
    assert rights.read_permission(user.user_id) is None
    assert rights.read_access(key.key_id) is None
    assert make_tenant("alice@example.com").pk != tenant.pk


@pytest.mark.parametrize(
    "damage",
    [
        lambda t: user_pool.disable_user(settings.USER_POOL_ID, user_of(t).user_id),
        lambda t: user_pool.delete_user(settings.USER_POOL_ID, user_of(t).user_id),
        lambda t: usage_plans.switch_key(key_of(t).key_id, enabled=False),
        lambda t: usage_plans.delete_key(key_of(t).key_id),
        lambda t: usage_plans.detach_key(usage_plans.plan_of("starter"), key_of(t).key_id),
        lambda t: rights.delete_access(key_of(t).key_id),
        lambda t: rights.delete_permission(user_of(t).user_id),
    ],
    ids=["user off", "user gone", "key off", "key gone", "plan left", "no access", "no rights"],
)
def test_reconciling_repairs_what_somebody_broke_in_aws(make_tenant, run_tasks, damage):
    tenant = make_tenant()
    damage(tenant)
    assert reconcile.plan_for(tenant)

    accounts.reconcile_now(tenant, SYSTEM)
    run_tasks()

    assert reconcile.plan_for(Tenant.objects.get(pk=tenant.pk)) == []


def test_a_busy_aws_leaves_the_tenant_due_with_the_reason(make_code, run_tasks, monkeypatch):
    def busy(*_: object, **__: object) -> None:
        raise TryLater("cognito-idp: throttled")

    with monkeypatch.context() as patch:
        patch.setattr(user_pool, "find_user", busy)
        row = sign_up(code=make_code())
        run_tasks()

    tenant = Tenant.objects.get(pk=row.tenant.pk)
    assert not tenant.is_reconciled
    assert not tenant.stuck
    assert "throttled" in tenant.trouble


def test_a_refusing_aws_leaves_the_tenant_stuck_until_staff_act(make_code, run_tasks, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise Refused("cognito-idp AdminCreateUser: InvalidParameterException")

    with monkeypatch.context() as patch:
        patch.setattr(user_pool, "create_user", refuse)
        row = sign_up(code=make_code())
        run_tasks()
    assert Tenant.objects.get(pk=row.tenant.pk).stuck

    accounts.reconcile_now(row.tenant, SYSTEM)
    run_tasks()

    tenant = Tenant.objects.get(pk=row.tenant.pk)
    assert tenant.is_reconciled
    assert not tenant.stuck


def test_a_grant_that_ends_by_the_clock_closes_access(make_tenant, run_tasks):
    from tenants import sweep

    tenant = make_tenant()
    accounts.change_tier(tenant, "pro", SYSTEM)
    run_tasks()
    Grant.objects.filter(tenant=tenant).update(ends_at=timezone.now() - timedelta(seconds=1))
    Tenant.objects.filter(pk=tenant.pk).update(access_changes_at=timezone.now())

    sweep.run_due()
    run_tasks()

    assert rights.read_access(key_of(tenant).key_id).reason == "no_grant"


def test_somebody_elses_user_with_the_same_address_is_put_under_this_customer(make_code, run_tasks):
    user_pool.create_user(settings.USER_POOL_ID, email="alice@example.com", tenant_id="left-over")

    row = sign_up(code=make_code(), email="alice@example.com")
    run_tasks()

    assert user_of(row.tenant).tenant_id == row.tenant.pk


def test_two_workers_at_once_make_one_key(make_code, run_tasks, in_threads):
    row = sign_up(code=make_code())

    in_threads(4, lambda _: reconcile.reconcile(Tenant.objects.get(pk=row.tenant.pk)))
    run_tasks()

    assert len(client("apigateway").get_api_keys()["items"]) == 1
    assert Tenant.objects.get(pk=row.tenant.pk).is_reconciled
