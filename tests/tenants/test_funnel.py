"""How far a redemption led: set up, first call. Each is noted once, by whoever sees it first."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from adapters import usage
from adapters.errors import TryLater
from backoffice.audit import SYSTEM
from campaigns.models import Redemption
from tenants import accounts, closing, funnel, promotions, sweep
from tenants.models import SignUp, Tenant
from tests.backoffice import rows
from tests.customers import sign_up
from tests.outages import failing
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)


def call(tenant: Tenant, at: datetime) -> None:
    usage.record_usage(
        tenant_id=tenant.pk,
        api_key_id="key",
        request_id=secrets.token_hex(8),
        units=1,
        billing_source="grant",
        at=at,
    )


@pytest.fixture
def customer(make_tenant):
    """A customer whose usage nobody has looked at for an hour."""
    tenant = make_tenant()
    unseen_for(hours=1)
    return tenant


def unseen_for(**delta) -> None:
    Redemption.objects.update(looked_at=timezone.now() - timedelta(**delta))


def test_a_redemption_is_set_up_when_aws_agrees(make_code, run_tasks):
    sign_up(code=make_code())
    waiting_tasks()
    assert Redemption.objects.get().provisioned_at is None

    sweep.run_due()
    run_tasks()

    assert Redemption.objects.get().provisioned_at is not None


def test_a_later_reconcile_does_not_move_the_time(customer, run_tasks):
    first = Redemption.objects.get().provisioned_at

    accounts.change_tier(customer, "pro", SYSTEM)
    run_tasks()

    assert Redemption.objects.get().provisioned_at == first


def test_a_sign_up_that_is_closed_before_it_was_set_up_never_was(make_code, run_tasks):
    row = sign_up(code=make_code())
    waiting_tasks()

    closing.close_sign_up(row)
    run_tasks()

    assert Redemption.objects.get().provisioned_at is None


def test_where_a_sign_up_came_from_and_its_tier_stay_with_the_redemption(make_code):
    sign_up(code=make_code())

    row = Redemption.objects.get()
    assert (row.tier, row.utm_source) == ("starter", "")


def test_a_first_call_is_found_with_its_hour(customer):
    Redemption.objects.update(provisioned_at=datetime(2026, 11, 1, 8, 0, tzinfo=UTC))
    call(customer, datetime(2026, 11, 3, 9, 59, tzinfo=UTC))
    call(customer, datetime(2026, 11, 2, 17, 20, tzinfo=UTC))

    assert funnel.look_for_first_calls() == 1

    assert Redemption.objects.get().first_call_at == datetime(2026, 11, 2, 17, tzinfo=UTC)


def test_nobody_calls_before_they_were_set_up(customer):
    set_up = datetime(2026, 11, 1, 8, 40, tzinfo=UTC)
    Redemption.objects.update(provisioned_at=set_up)
    call(customer, set_up + timedelta(minutes=5))

    funnel.look_for_first_calls()

    assert Redemption.objects.get().first_call_at == set_up


def test_a_customer_who_never_called_is_looked_at_again_and_not_at_once(customer):
    assert funnel.look_for_first_calls() == 0
    looked_at = Redemption.objects.get().looked_at
    call(customer, timezone.now())

    assert funnel.look_for_first_calls() == 0
    unseen_for(minutes=2)

    assert funnel.look_for_first_calls() == 1
    assert timezone.now() - looked_at < timedelta(minutes=1)


def test_a_customer_who_called_is_not_looked_at_any_more(customer, monkeypatch):
    call(customer, timezone.now())
    funnel.look_for_first_calls()
    unseen_for(hours=1)
    monkeypatch.setattr(usage, "first_hour_of", lambda tenant_id: 1 / 0)

    assert funnel.look_for_first_calls() == 0


def test_a_use_that_was_given_back_is_not_looked_at(customer, monkeypatch):
    Redemption.objects.update(released_at=timezone.now())
    monkeypatch.setattr(usage, "first_hour_of", lambda tenant_id: 1 / 0)

    assert funnel.look_for_first_calls() == 0


def test_a_sweep_looks_at_a_bounded_number_longest_unseen_first(db, monkeypatch):
    monkeypatch.setattr(funnel, "MOST_LOOKS", 2)
    batch, now = rows.a_batch(), timezone.now()
    for number, minutes in enumerate((5, 9, 7)):
        seen = now - timedelta(minutes=minutes)
        rows.a_redemption(batch, number, looked_at=seen, provisioned_at=seen)

    funnel.look_for_first_calls()

    fresh = Redemption.objects.filter(looked_at__gte=now).order_by("pk")
    assert [row.redeemed_by for row in fresh] == ["someone-1", "someone-2"]


def test_an_outage_half_way_keeps_what_was_found(make_tenant, monkeypatch):
    called = make_tenant()
    silent = make_tenant("bob@example.com")
    call(called, timezone.now())
    unseen_for(hours=1)
    first = Redemption.objects.get(redeemed_by=str(SignUp.objects.get(tenant=called).pk))
    Redemption.objects.filter(pk=first.pk).update(looked_at=timezone.now() - timedelta(hours=2))
    original = usage.first_hour_of

    def look(tenant_id):
        if tenant_id == silent.pk:
            raise TryLater("away")
        return original(tenant_id)

    with monkeypatch.context() as patch:
        patch.setattr(usage, "first_hour_of", look)
        sweep.run_due()

    first.refresh_from_db()
    assert first.first_call_at is not None
    call(silent, timezone.now())
    assert funnel.look_for_first_calls() == 1


def test_the_sweep_copies_outcomes_and_looks_for_first_calls(customer):
    call(customer, timezone.now())

    found = sweep.run_due()

    assert found["first calls"] == 1
    assert found["outcomes"] >= 1


def test_a_sweep_goes_on_when_outcomes_cannot_be_read(customer):
    call(customer, timezone.now())

    with failing("dynamodb", "Query", "ProvisionedThroughputExceededException", times=3):
        found = sweep.run_due()

    assert "outcomes" not in found
    assert found["first calls"] == 1


def test_an_existing_customer_s_code_has_a_funnel_of_its_own(
    customer, make_campaign, make_code, run_tasks
):
    better = make_campaign(slug="better", tier="pro")
    promotions.redeem_for(customer.members.get(), make_code(better))
    run_tasks()
    unseen_for(hours=1)
    call(customer, timezone.now())

    assert funnel.look_for_first_calls() == 2

    assert not Redemption.objects.filter(provisioned_at=None).exists()
    assert not Redemption.objects.filter(first_call_at=None).exists()
