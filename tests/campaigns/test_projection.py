"""The copy of redemptions for staff: as often as told, one row a customer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import projection, redemptions
from campaigns.eligibility import Customer
from campaigns.models import Batch, Campaign
from campaigns.models import Redemption as Row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def redemption(make_code):
    return redemptions.redeem_code(
        make_code(), redeemed_by="alice", customer=Customer("alice@example.com"), now=timezone.now()
    )


def test_a_redemption_is_copied_whole(redemption):
    row = projection.record_redemption(redemption)

    assert (row.code, row.redeemed_by) == (redemption.code, "alice")
    assert row.redeemed_at == redemption.redeemed_at
    assert (row.campaign, row.batch) == (Campaign.objects.get(), Batch.objects.get())
    assert row.released_at is None


def test_copying_twice_leaves_one_row(redemption):
    first = projection.record_redemption(redemption)

    assert projection.record_redemption(redemption) == first

    assert Row.objects.count() == 1


def test_each_customer_has_a_row(redemption):
    projection.record_redemption(redemption)

    projection.record_redemption(replace(redemption, redeemed_by="bob"))

    assert Row.objects.count() == 2


def test_a_release_is_noted_and_the_row_stays(redemption):
    projection.record_redemption(redemption)

    projection.record_release("alice")

    assert Row.objects.get().released_at is not None


def test_the_first_release_is_the_one_that_counts(redemption, time_machine):
    projection.record_redemption(redemption)
    projection.record_release("alice")
    first = Row.objects.get().released_at
    time_machine.move_to(timezone.now() + timedelta(days=1))

    projection.record_release("alice")

    assert Row.objects.get().released_at == first


def test_a_release_touches_nobody_else(redemption):
    projection.record_redemption(redemption)
    projection.record_redemption(replace(redemption, redeemed_by="bob"))

    projection.record_release("alice")

    assert Row.objects.get(redeemed_by="bob").released_at is None


def test_releasing_what_was_never_copied_is_fine():
    projection.record_release("nobody")

    assert Row.objects.count() == 0


def test_who_redeems_again_after_a_release_holds_it_again(redemption):
    projection.record_redemption(redemption)
    projection.record_release("alice")

    projection.record_redemption(redemption)

    assert Row.objects.get().released_at is None


def test_tier_and_origin_are_kept_as_far_as_they_are_known(redemption):
    origin = {"utm_source": "newsletter", "utm_campaign": "q4", "email": "alice@example.com"}

    row = projection.record_redemption(redemption, origin=origin)

    assert (row.tier, row.utm_source, row.utm_medium, row.utm_campaign) == (
        "starter",
        "newsletter",
        "",
        "q4",
    )


def test_the_first_setting_up_is_the_one_that_counts(redemption):
    projection.record_redemption(redemption)
    first = timezone.now()
    projection.record_provisioned(["alice"], at=first)

    projection.record_provisioned(["alice"], at=first + timedelta(days=1))

    assert Row.objects.get().provisioned_at == first
