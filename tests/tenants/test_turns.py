"""Workers take turns at API Gateway: no call is rejected, and little of the rate is wasted."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import pacing, rights
from backoffice.audit import SYSTEM
from tenants import accounts, reconcile, turns
from tenants.models import ApiKey, Tenant
from tests.customers import sign_up
from tests.onboarding import onboard
from tests.worker import run_waiting_tasks, waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMERS = 45


def take_all_turns_for(seconds: float, settings) -> None:
    turns.charge(int(seconds * settings.GATEWAY_CALLS_PER_SECOND))


def others_keep_turns_for(seconds: float, settings) -> None:
    """Turns are taken for so long, and nobody has sent a call yet."""
    per_second = settings.GATEWAY_CALLS_PER_SECOND
    pacing.charge(int(seconds * per_second), per_second=per_second, now=timezone.now())


@pytest.mark.alone
def test_customers_are_set_up_as_fast_as_api_gateway_allows_and_no_call_is_rejected(
    cloud, make_code, record_property
):
    """The best of three rounds: a machine that stands still for a second delays what it sends."""
    for number in range(3):
        score = onboard(cloud, make_code, customers=CUSTOMERS, workers=8, first=number * CUSTOMERS)
        record_property("figures", str(score))
        assert score.customers == CUSTOMERS
        if score.rejected == 0 and score.share >= 0.9:
            return
    pytest.fail(f"No round was without a rejection and near the rate: {score}")


@pytest.mark.alone
def test_without_turns_the_same_customers_meet_rejections(cloud, make_code):
    """The positive control: the rates are really enforced."""
    unpaced = {"GATEWAY_CALLS_PER_SECOND": "1000"}

    score = onboard(cloud, make_code, customers=8, workers=8, factor=0.5, **unpaced)

    assert score.rejected > 0


def test_setting_up_asks_api_gateway_for_two_calls(make_code, cloud):
    sign_up(code=make_code(), email="first@example.com")
    run_waiting_tasks()  # which looks the plans up
    cloud.control_plane.factor = 1000

    sign_up(code=make_code(), email="second@example.com")
    run_waiting_tasks()

    assert [name for name, _ in cloud.control_plane.admitted] == ["CreateApiKey", "other"]


def test_who_has_to_wait_long_is_put_off_without_a_lease_and_keeps_the_turn(make_code, settings):
    take_all_turns_for(30, settings)
    tenant = sign_up(code=make_code()).tenant
    waiting_tasks()

    reconcile.reconcile(tenant)

    tenant.refresh_from_db()
    wait = tenant.turn_at - timezone.now()
    assert timedelta(seconds=25) < wait <= timedelta(seconds=31)
    assert (tenant.lease, tenant.trouble, tenant.attempts) == ("", "", 0)
    assert not tenant.is_reconciled


def test_who_comes_before_the_turn_takes_no_second_one(make_code, settings):
    take_all_turns_for(30, settings)
    tenant = sign_up(code=make_code()).tenant
    reconcile.reconcile(tenant)
    kept = Tenant.objects.get(pk=tenant.pk).turn_at

    reconcile.reconcile(Tenant.objects.get(pk=tenant.pk))

    assert Tenant.objects.get(pk=tenant.pk).turn_at == kept


@pytest.mark.parametrize("seconds_late", [0, 5, 3600])
def test_a_kept_turn_is_used_when_it_comes_or_later_and_is_spent_then(
    make_code, settings, seconds_late
):
    tenant = sign_up(code=make_code()).tenant
    turn = timezone.now() - timedelta(seconds=seconds_late)
    Tenant.objects.filter(pk=tenant.pk).update(turn_at=turn, turn_calls=2)
    others_keep_turns_for(30, settings)

    reconcile.reconcile(Tenant.objects.get(pk=tenant.pk))

    tenant.refresh_from_db()
    assert tenant.is_reconciled
    assert tenant.turn_at is None


def test_who_comes_late_when_calls_are_being_sent_gets_another_turn(make_code, settings):
    tenant = sign_up(code=make_code()).tenant
    missed = timezone.now() - timedelta(seconds=5)
    Tenant.objects.filter(pk=tenant.pk).update(turn_at=missed, turn_calls=2)
    take_all_turns_for(30, settings)

    reconcile.reconcile(Tenant.objects.get(pk=tenant.pk))

    tenant.refresh_from_db()
    assert not tenant.is_reconciled
    assert tenant.turn_at > timezone.now()


def test_what_others_leave_unused_is_taken_before_ones_turn(make_code, settings):
    others_keep_turns_for(30, settings)
    tenant = sign_up(code=make_code()).tenant

    reconcile.reconcile(tenant)

    tenant.refresh_from_db()
    assert tenant.is_reconciled


def test_after_a_pause_half_a_second_of_calls_goes_at_once_and_no_more(make_tenant, settings):
    others_keep_turns_for(30, settings)
    tenant = make_tenant()
    started = time.monotonic()

    for _ in range(10):
        Tenant.objects.filter(pk=tenant.pk).update(turn_at=timezone.now(), turn_calls=1)
        tenant.refresh_from_db()
        turns.await_turn(tenant, 1)

    at_the_rate = 10 / settings.GATEWAY_CALLS_PER_SECOND
    assert time.monotonic() - started >= at_the_rate - turns.SAVED.total_seconds() - 0.1


def test_when_all_turns_are_taken_for_long_none_is_kept(make_code, settings):
    take_all_turns_for(1200, settings)
    tenant = sign_up(code=make_code()).tenant

    reconcile.reconcile(tenant)

    tenant.refresh_from_db()
    assert tenant.turn_at is None
    assert tenant.next_attempt_at > timezone.now() + timedelta(minutes=5)


def test_a_suspension_closes_access_while_its_turn_is_far_away(make_tenant, settings, run_tasks):
    tenant = make_tenant()
    take_all_turns_for(60, settings)

    accounts.suspend(tenant, SYSTEM)
    run_tasks()

    tenant.refresh_from_db()
    key = tenant.keys.get(state=ApiKey.State.LIVE)
    assert not tenant.is_reconciled
    assert rights.read_access(key.key_id).state == "closed"
