"""Codes that are held while somebody confirms their address: nobody else's, and never lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import promo_codes, uses
from backoffice.audit import SYSTEM
from campaigns import gatekeeping, redemptions, rules
from campaigns.eligibility import Customer
from campaigns.errors import CampaignFull, CodeHeld, CodePaused, CodeSpent, OncePerCustomer
from tests.campaigns.batch_of_codes import asked_of_dynamodb

pytestmark = pytest.mark.django_db(transaction=True)

MINUTES = timedelta(minutes=15)
NOW = timezone.now().replace(microsecond=0)
LATER = NOW + MINUTES

both = pytest.mark.parametrize("max_uses", [1, 2])


def hold(code, who="alice", *, now=NOW, email=None):
    customer = Customer(email or f"{who}@example.com")
    return redemptions.hold_code(code, held_by=who, customer=customer, now=now, until=now + MINUTES)


def redeem(code, who="alice", *, now=NOW, email=None):
    customer = Customer(email or f"{who}@example.com")
    return redemptions.redeem_code(code, redeemed_by=who, customer=customer, now=now)


def release(code, who="alice"):
    return redemptions.release_code(code, redeemed_by=who, now=NOW)


def counts(code):
    found = promo_codes.read_code(rules.normalise(code), consistent=True)
    return found.uses, found.holds


def fill(code, max_uses, *, do=hold):
    """Leave one use of the code."""
    for number in range(max_uses - 1):
        do(code, f"filler-{number}")


@both
class TestHolding:
    def test_a_held_code_is_nobody_elses(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        fill(code, max_uses)
        held = hold(code)

        assert held.held_until == LATER
        with pytest.raises(CodeHeld):
            redeem(code, "bob")

    def test_who_holds_it_redeems_it(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        hold(code)

        done = redeem(code)

        assert (done.redeemed_by, done.held_until) == ("alice", None)
        assert counts(code) == (1, 0)

    def test_holding_again_changes_nothing(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        first = hold(code)

        assert hold(code, now=NOW + timedelta(minutes=1)) == first

        assert counts(code) == (1, 1)

    def test_who_redeemed_it_cannot_fall_back_to_a_hold(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        done = redeem(code)

        assert hold(code) == done

        assert counts(code) == (1, 0)

    def test_after_its_time_somebody_else_gets_it(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        fill(code, max_uses, do=redeem)
        hold(code)

        assert redeem(code, "bob", now=LATER).redeemed_by == "bob"

        with pytest.raises(CodeSpent):
            redeem(code, now=LATER)
        assert counts(code) == (max_uses, 0)

    def test_after_its_time_it_is_still_theirs_if_nobody_wanted_it(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        hold(code)

        assert redeem(code, now=LATER + timedelta(days=1)).redeemed_by == "alice"

    def test_a_hold_does_not_outlast_a_pause(self, make_campaign, make_code, max_uses):
        campaign = make_campaign()
        code = make_code(campaign, max_uses=max_uses)
        hold(code)
        gatekeeping.pause_campaign(campaign, SYSTEM)

        with pytest.raises(CodePaused):
            redeem(code)

        assert counts(code) == (1, 1)

    def test_a_hold_is_released_by_who_has_it_alone(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        hold(code)

        assert release(code, "mallory") is False
        assert release(code) is True
        assert release(code) is False

        assert counts(code) == (0, 0)

    def test_the_check_says_that_it_is_held_and_after_its_time_that_it_is_good(
        self, make_code, max_uses
    ):
        code = make_code(max_uses=max_uses)
        fill(code, max_uses)
        hold(code)

        assert isinstance(redemptions.check_code(code, now=NOW).refusal, CodeHeld)
        if max_uses == 1:
            assert redemptions.check_code(code, now=LATER).refusal is None

    def test_clearing_frees_what_is_over_and_nothing_else(self, make_campaign, make_code, max_uses):
        campaign = make_campaign()
        over, fresh, done = (make_code(campaign, max_uses=max_uses) for _ in range(3))
        hold(over)
        hold(fresh, now=LATER)
        hold(done)
        redeem(done)

        assert redemptions.clear_expired_holds(campaign.public_id, now=LATER) is True
        assert redemptions.clear_expired_holds(campaign.public_id, now=LATER) is False

        assert [counts(code) for code in (over, fresh, done)] == [(0, 0), (1, 1), (1, 0)]


class TestLimits:
    def test_a_customer_redeems_one_code_of_the_campaign(self, make_campaign, make_code):
        campaign = make_campaign(once_per_customer=True)
        first, second, shared = (
            make_code(campaign),
            make_code(campaign),
            make_code(campaign, max_uses=5),
        )
        redeem(first, "form-1", email="alice@example.com")

        for code in (second, shared):
            with pytest.raises(OncePerCustomer):
                redeem(code, "form-2", email="Alice+again@example.com")

        assert redeem(second, "form-3", email="bob@example.com")

    def test_what_was_released_may_be_redeemed_by_the_same_customer(self, make_campaign, make_code):
        campaign = make_campaign(once_per_customer=True)
        first, second = make_code(campaign), make_code(campaign)
        redeem(first, "form-1", email="alice@example.com")
        release(first, "form-1")

        assert redeem(second, "form-2", email="alice@example.com")

    def test_a_hold_that_is_over_does_not_bar_its_customer(self, make_campaign, make_code):
        campaign = make_campaign(once_per_customer=True)
        first, second = make_code(campaign), make_code(campaign)
        hold(first, "form-1", email="alice@example.com")

        with pytest.raises(OncePerCustomer):
            redeem(second, "form-2", email="alice@example.com")
        assert redeem(second, "form-2", email="alice@example.com", now=LATER)

        assert counts(first) == (0, 0)

    @pytest.mark.parametrize("cap", [1, 3, 9])
    def test_a_campaign_has_as_many_redemptions_as_its_cap(self, make_campaign, make_code, cap):
        campaign = make_campaign(cap=cap)
        codes = [make_code(campaign) for _ in range(cap + 1)]
        shared = make_code(campaign, max_uses=5)

        for number, code in enumerate(codes[:cap]):
            redeem(code, f"customer-{number}")

        for code in (codes[cap], shared):
            with pytest.raises(CampaignFull):
                redeem(code, "late")
        assert sum(uses.uses_in_cap(campaign.public_id)) == cap
        assert redeem(codes[0], "customer-0").redeemed_by == "customer-0"

    def test_a_release_makes_room_below_the_cap(self, make_campaign, make_code):
        campaign = make_campaign(cap=1)
        first, second = make_code(campaign), make_code(campaign)
        redeem(first)
        release(first)

        assert redeem(second, "bob")

    def test_a_hold_that_is_over_makes_room_below_the_cap(self, make_campaign, make_code):
        campaign = make_campaign(cap=1)
        first, second = make_code(campaign), make_code(campaign)
        hold(first)

        with pytest.raises(CampaignFull):
            redeem(second, "bob")
        assert redeem(second, "bob", now=LATER)

    def test_a_higher_cap_counts_at_once(self, make_campaign, make_code):
        campaign = make_campaign(cap=1)
        codes = [make_code(campaign) for _ in range(3)]
        redeem(codes[0])
        campaign.cap = 2
        gatekeeping.save_campaign(campaign, SYSTEM)

        assert redeem(codes[1], "bob")
        with pytest.raises(CampaignFull):
            redeem(codes[2], "charlie")


def test_an_expired_hold_of_a_code_for_one_is_found_however_many_others_there_are(
    make_campaign, make_code
):
    """Whoever wants the code reads its own hold, and not those of the whole campaign."""
    campaign = make_campaign()
    codes = [make_code(campaign) for _ in range(3)]
    for number, code in enumerate(codes):
        hold(code, f"holder-{number}")

    with asked_of_dynamodb() as asked:
        redeem(codes[-1], "bob", now=LATER)

    assert "Query" not in asked
    assert [counts(code) for code in codes] == [(1, 1), (1, 1), (1, 0)]
