"""Rotating with an overlap, retiring on time, revoking at once: what rows and AWS say then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import rights, usage_plans
from adapters.aws import client
from adapters.key_values import is_key_value
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from tenants import accounts, keys, observing, planning, reconcile, sweep, welcome
from tenants.errors import (
    AccountClosed,
    KeyAlreadyShown,
    KeyBeingMade,
    KeyBeingRetired,
    KeyExpired,
    KeyNotLive,
)
from tenants.models import ApiKey, Member, Tenant
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(hours=24)
State = ApiKey.State


@pytest.fixture
def tenant(make_tenant) -> Tenant:
    return make_tenant("alice@example.com")


@pytest.fixture
def rotate(run_tasks):
    """Rotate and let the worker do it; return the old and the new key."""

    def rotate(tenant: Tenant, overlap: timedelta = DAY, **options) -> tuple[ApiKey, ApiKey]:
        old = tenant.keys.filter(state=State.LIVE).first()
        new = keys.rotate_key(tenant, SYSTEM, overlap=overlap, **options)
        run_tasks()
        new.refresh_from_db()
        if old:
            old.refresh_from_db()
        return old, new

    return rotate


def in_aws(tenant: Tenant) -> list[str]:
    items = client("apigateway").get_api_keys(limit=500)["items"]
    return sorted(item["id"] for item in items if tenant.pk in item["name"])


def ids(*rows: ApiKey) -> list[str]:
    return sorted(row.key_id for row in rows)


def states(tenant: Tenant) -> list[str]:
    return [key.state for key in tenant.keys.order_by("id")]


def is_settled(tenant: Tenant) -> bool:
    return reconcile.plan_for(Tenant.objects.get(pk=tenant.pk)) == []


def test_a_key_has_a_value_of_our_own(tenant):
    value = usage_plans.key_value(tenant.keys.get().key_id)

    assert is_key_value(value)
    assert value.startswith("gkl")


def test_a_new_key_is_live_before_the_old_one_begins_to_retire(tenant, rotate):
    before = timezone.now().replace(microsecond=0)

    old, new = rotate(tenant)

    assert states(tenant) == ["retiring", "live"]
    assert before + DAY <= old.retires_at <= timezone.now() + DAY
    assert in_aws(tenant) == ids(old, new)
    assert usage_plans.read_key(new.key_id).plan_ids == (usage_plans.plan_of("starter"),)
    assert is_settled(tenant)


def test_the_api_is_told_when_the_old_key_ends(tenant, rotate):
    old, new = rotate(tenant)

    assert rights.read_access(old.key_id).ends_at == old.retires_at
    assert rights.read_access(new.key_id).ends_at is None


def test_until_the_new_key_is_made_the_old_one_has_no_end(tenant):
    keys.rotate_key(tenant, SYSTEM, overlap=DAY)

    assert states(tenant) == ["live", "wanted"]
    assert tenant.keys.get(state=State.LIVE).retires_at is None


def test_without_an_overlap_the_old_key_goes_once_the_new_one_is_there(tenant, rotate):
    old, new = rotate(tenant, timedelta(0))

    assert states(tenant) == ["gone", "live"]
    assert old.ended_as == ApiKey.End.ROTATED
    assert in_aws(tenant) == ids(new)
    assert rights.read_access(old.key_id) is None


def test_a_key_whose_time_is_over_is_withdrawn_by_the_sweep(
    tenant, rotate, run_tasks, time_machine
):
    old, new = rotate(tenant)
    time_machine.move_to(old.retires_at)

    sweep.run_due()
    run_tasks()

    assert states(tenant) == ["gone", "live"]
    assert in_aws(tenant) == ids(new)
    assert rights.read_access(old.key_id) is None
    assert tenant.keys.get(pk=old.pk).ended_as == ApiKey.End.ROTATED


def test_a_key_whose_time_is_not_over_stays(tenant, rotate, run_tasks, time_machine):
    old, new = rotate(tenant)
    time_machine.move_to(old.retires_at - timedelta(seconds=1))

    sweep.run_due()
    run_tasks()

    assert in_aws(tenant) == ids(old, new)


def test_a_third_key_is_refused_while_one_is_being_retired(tenant, rotate):
    old, _ = rotate(tenant)

    with pytest.raises(KeyBeingRetired, match=str(old)):
        keys.rotate_key(tenant, SYSTEM, overlap=DAY)

    assert states(tenant) == ["retiring", "live"]


def test_whoever_says_so_ends_the_older_key_and_rotates_again(tenant, rotate):
    first, second = rotate(tenant)

    second, third = rotate(tenant, end_older=True)

    assert states(tenant) == ["gone", "retiring", "live"]
    assert in_aws(tenant) == ids(second, third)
    assert rights.read_access(first.key_id) is None


def test_a_refused_rotation_gives_the_older_key_no_more_time(tenant, rotate, time_machine):
    old, _ = rotate(tenant)
    time_machine.move_to(timezone.now() + timedelta(hours=1))

    with pytest.raises(KeyBeingRetired):
        keys.rotate_key(tenant, SYSTEM, overlap=timedelta(days=7))

    assert ApiKey.objects.get(pk=old.pk).retires_at == old.retires_at


def test_a_new_key_ends_when_the_old_one_would_have(tenant, rotate):
    end = timezone.now().replace(microsecond=0) + timedelta(days=30)
    keys.set_expiry(tenant.keys.get(), SYSTEM, expires_at=end)

    old, new = rotate(tenant)

    assert new.expires_at == end
    assert rights.read_access(new.key_id).ends_at == end
    assert rights.read_access(old.key_id).ends_at == old.retires_at < end


def test_an_overlap_never_outlasts_the_keys_own_end(tenant, rotate, run_tasks, time_machine):
    end = timezone.now().replace(microsecond=0) + timedelta(hours=2)
    keys.set_expiry(tenant.keys.get(), SYSTEM, expires_at=end)
    old, new = rotate(tenant, timedelta(days=7))
    assert rights.read_access(old.key_id).ends_at == end

    time_machine.move_to(end)
    sweep.run_due()
    run_tasks()

    assert states(tenant) == ["gone", "gone"]
    assert in_aws(tenant) == []
    assert {key.ended_as for key in tenant.keys.all()} == {ApiKey.End.EXPIRED}


def test_after_its_end_a_person_gets_no_other_key_and_staff_make_one(
    tenant, rotate, run_tasks, time_machine
):
    owner = tenant.members.get()
    keys.set_expiry(tenant.keys.get(), SYSTEM, expires_at=timezone.now() + timedelta(hours=1))
    time_machine.move_to(timezone.now() + timedelta(hours=2))
    sweep.run_due()
    run_tasks()

    with pytest.raises(KeyExpired):
        keys.rotate_key(tenant, SYSTEM, overlap=DAY, asked_by=owner)

    _, new = rotate(tenant)
    assert (new.state, new.expires_at) == (State.LIVE, None)


def test_revoking_and_asking_again_does_not_shake_off_an_end(tenant, rotate, run_tasks):
    end = timezone.now().replace(microsecond=0) + timedelta(days=30)
    keys.set_expiry(tenant.keys.get(), SYSTEM, expires_at=end)
    keys.revoke_key(tenant.keys.get(), SYSTEM)
    run_tasks()

    _, new = rotate(tenant)

    assert new.expires_at == end


def test_revoking_closes_access_before_api_gateway_hears_of_it(tenant):
    key = tenant.keys.get()

    keys.revoke_key(key, SYSTEM)

    steps = [type(step).__name__ for step in planned_rights(tenant)]
    assert steps == ["CloseKey"]


def planned_rights(tenant: Tenant) -> list[object]:
    desired, seen = observing.desired_of(Tenant.objects.get(pk=tenant.pk)), observing.Seen()
    observing.observe_rights(desired, seen)
    return planning.plan_rights(desired, seen)


def test_a_revoked_key_is_gone_and_another_can_be_made(tenant, rotate, run_tasks):
    key = tenant.keys.get()
    keys.revoke_key(key, SYSTEM)
    run_tasks()
    assert in_aws(tenant) == []

    _, new = rotate(tenant)

    assert states(tenant) == ["gone", "live"]
    assert in_aws(tenant) == ids(new)


def test_revoking_the_new_key_leaves_the_old_one_until_its_end(tenant, rotate, run_tasks):
    old, new = rotate(tenant)

    keys.revoke_key(new, SYSTEM)
    run_tasks()

    assert in_aws(tenant) == ids(old)
    assert rights.read_access(old.key_id).ends_at == old.retires_at


def test_revoking_while_a_new_key_is_being_made_ends_with_the_new_one_alone(tenant, run_tasks):
    old = tenant.keys.get()
    new = keys.rotate_key(tenant, SYSTEM, overlap=DAY)
    keys.revoke_key(old, SYSTEM)

    run_tasks()

    new.refresh_from_db()
    assert states(tenant) == ["gone", "live"]
    assert in_aws(tenant) == ids(new)


def test_a_key_that_is_gone_cannot_be_revoked(tenant, run_tasks):
    key = tenant.keys.get()
    keys.revoke_key(key, SYSTEM)
    run_tasks()

    with pytest.raises(KeyNotLive):
        keys.revoke_key(key, SYSTEM)


def test_a_published_key_is_replaced_and_the_owners_are_told(tenant, run_tasks, cloud):
    key = tenant.keys.get()
    value = usage_plans.key_value(key.key_id)

    keys.revoke_published_key(key, SYSTEM)
    run_tasks()

    new = tenant.keys.get(state=State.LIVE)
    mail = cloud.mails("alice@example.com")[0]
    assert in_aws(tenant) == ids(new)
    assert "was published and is revoked" in mail["subject"]
    assert f"{key.first4}…{key.last4}" in mail["text"]
    assert "/account/keys/" in mail["text"]
    assert value not in mail["text"] + mail["html"]


def test_a_published_key_that_was_being_retired_gets_no_successor(tenant, rotate, run_tasks):
    old, new = rotate(tenant)

    keys.revoke_published_key(old, SYSTEM)
    run_tasks()

    assert states(tenant) == ["gone", "live"]
    assert in_aws(tenant) == ids(new)


def test_two_rotations_at_once_make_one_new_key(tenant, run_tasks, in_threads):
    def rotate(_: int) -> str:
        try:
            keys.rotate_key(Tenant.objects.get(pk=tenant.pk), SYSTEM, overlap=DAY)
        except KeyBeingMade:
            return "refused"
        return "rotated"

    assert sorted(in_threads(6, rotate)) == ["refused"] * 5 + ["rotated"]
    run_tasks()
    assert states(tenant) == ["retiring", "live"]
    assert len(in_aws(tenant)) == 2


def test_a_rotation_whose_message_is_lost_is_done_by_the_sweep(tenant, run_tasks):
    keys.rotate_key(tenant, SYSTEM, overlap=DAY)
    waiting_tasks()

    sweep.run_due()
    run_tasks()

    assert states(tenant) == ["retiring", "live"]


def test_both_keys_follow_a_tier_change_and_a_suspension(tenant, rotate, run_tasks):
    old, new = rotate(tenant)

    accounts.change_tier(tenant, "pro", SYSTEM)
    accounts.suspend(tenant, SYSTEM)
    run_tasks()

    found = [usage_plans.read_key(key.key_id) for key in (old, new)]
    assert [key.plan_ids for key in found] == [(usage_plans.plan_of("pro"),)] * 2
    assert [key.enabled for key in found] == [False, False]
    assert [rights.read_access(key.key_id).state for key in (old, new)] == ["closed", "closed"]


def test_a_suspended_customers_rotated_key_works_once_they_are_reinstated(
    tenant, rotate, run_tasks
):
    accounts.suspend(tenant, SYSTEM)
    run_tasks()

    _, new = rotate(tenant)
    assert not usage_plans.read_key(new.key_id).enabled
    accounts.reinstate(tenant, SYSTEM)
    run_tasks()

    assert usage_plans.read_key(new.key_id).enabled
    assert is_settled(tenant)


def test_a_reset_ends_both_keys(tenant, rotate, run_tasks):
    rotate(tenant)

    accounts.request_reset(tenant, SYSTEM)
    run_tasks()

    assert states(tenant) == ["gone", "gone", "live"]
    assert len(in_aws(tenant)) == 1


def test_a_closed_account_gets_no_key(tenant, run_tasks):
    accounts.close(tenant, SYSTEM)
    run_tasks()

    with pytest.raises(AccountClosed):
        keys.rotate_key(Tenant.objects.get(pk=tenant.pk), SYSTEM, overlap=DAY)


def test_closing_an_account_takes_both_keys(tenant, rotate, run_tasks):
    rotate(tenant)

    accounts.close(tenant, SYSTEM)
    run_tasks()

    assert in_aws(tenant) == []


def test_a_rotation_is_in_the_audit_trail(tenant, rotate):
    old, _ = rotate(tenant, timedelta(hours=1))

    event = AuditEvent.objects.get(action="rotate key")
    assert event.before == {"key": str(old)}
    assert event.after == {"overlap_hours": 1.0, "ended_older": False}


def test_the_key_somebody_asked_for_is_shown_to_them_alone(tenant, rotate):
    owner = tenant.members.get()
    other = Member.objects.create(
        tenant=tenant, email="dev@example.com", full_name="Dev", role=Member.Role.DEVELOPER
    )
    _, new = rotate(tenant, asked_by=other)

    with pytest.raises(KeyAlreadyShown):
        welcome.reveal_key(owner)

    assert welcome.reveal_key(other) == usage_plans.key_value(new.key_id)


@pytest.mark.parametrize("role", [Member.Role.BILLING, Member.Role.READ_ONLY])
def test_who_may_not_use_keys_is_shown_none(tenant, role):
    reader = Member.objects.create(
        tenant=tenant, email="reader@example.com", full_name="Reader", role=role
    )

    with pytest.raises(KeyAlreadyShown):
        welcome.reveal_key(reader)

    assert tenant.keys.get().shown_at is None


def test_of_sixteen_readers_one_sees_the_rotated_key(tenant, rotate, in_threads):
    owner = tenant.members.get()
    _, new = rotate(tenant, asked_by=owner)

    def look(_: int) -> str:
        try:
            return welcome.reveal_key(owner)
        except KeyAlreadyShown:
            return ""

    assert [value for value in in_threads(16, look) if value] == [usage_plans.key_value(new.key_id)]
