"""Every attempt at a code leaves its outcome, and no outcome ever costs anybody the answer."""

import logging
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters.outcomes import outcomes_on
from backoffice.audit import SYSTEM
from campaigns import gatekeeping, redemptions
from campaigns.eligibility import Customer
from campaigns.errors import CodeMisspelled, CodeRefused
from campaigns.models import Batch, Campaign
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

ALICE, BOB = Customer("alice@example.com"), Customer("bob@example.com")


@pytest.fixture
def now():
    """Noon: an hour before and after it are the same day."""
    return timezone.now().replace(hour=12)


@pytest.fixture
def left(now):
    """Return what was counted today: step and reason, with the number."""

    def count(campaign=None):
        counted: Counter[tuple[str, str]] = Counter()
        for outcome, number in outcomes_on(now.date()):
            if campaign is None or outcome.campaign == campaign:
                counted[outcome.step, outcome.reason] += number
        return dict(counted)

    return count


def test_a_good_check_is_counted_for_its_campaign_and_batch(make_code, left, now):
    redemptions.check_code(make_code(), now=now)

    [(outcome, number)] = outcomes_on(now.date())
    assert (outcome.campaign, outcome.batch) == (
        Campaign.objects.get().public_id,
        Batch.objects.get().public_id,
    )
    assert (outcome.step, outcome.reason, number) == ("check", "good", 1)


def test_a_refused_check_is_counted_with_its_reason(make_code, left, now):
    redemptions.check_code(make_code(expires_at=now - timedelta(days=1)), now=now)

    assert left() == {("check", "expired"): 1}


def test_the_reason_that_strangers_are_not_told_is_counted_all_the_same(
    make_code, make_campaign, left, now
):
    campaign = make_campaign()
    shared = make_code(campaign, max_uses=5)
    gatekeeping.pause_campaign(campaign, SYSTEM)

    redemptions.check_code(shared, now=now)

    assert left() == {("check", "paused"): 1}


def test_a_code_that_does_not_exist_is_nobodys(left, now):
    redemptions.check_code("NEVERMADE", now=now)

    assert left("-") == {("check", "unknown"): 1}


def test_a_misspelled_check_leaves_nothing_because_it_may_be_asked_without_limit(
    make_code, left, now
):
    code = make_code()

    redemptions.check_code(code[:-1] + ("A" if code[-1] != "A" else "B"), now=now)

    assert left() == {}


def test_a_misspelled_redemption_is_counted_as_nobodys(left, now):
    with pytest.raises(CodeMisspelled):
        redemptions.redeem_code("?", redeemed_by="alice", customer=ALICE, now=now)

    assert left("-") == {("redeem", "misspelled"): 1}


def test_the_winner_and_the_loser_of_a_code_leave_one_outcome_each(make_code, left, now):
    code = make_code()
    redemptions.redeem_code(code, redeemed_by="alice", customer=ALICE, now=now)
    with pytest.raises(CodeRefused):
        redemptions.redeem_code(code, redeemed_by="bob", customer=BOB, now=now)

    assert left() == {("redeem", "good"): 1, ("redeem", "used_up"): 1}


def test_a_limit_that_only_the_write_finds_is_counted_too(make_code, make_campaign, left, now):
    campaign = make_campaign(cap=1)
    codes = make_code(campaign), make_code(campaign)
    redemptions.redeem_code(codes[0], redeemed_by="alice", customer=ALICE, now=now)

    with pytest.raises(CodeRefused):
        redemptions.redeem_code(codes[1], redeemed_by="bob", customer=BOB, now=now)

    assert left(campaign.public_id)["redeem", "campaign_full"] == 1


def test_a_replay_of_the_same_sign_up_is_no_second_redemption(make_code, left, now):
    code = make_code()
    redemptions.redeem_code(code, redeemed_by="alice", customer=ALICE, now=now)

    later = now + timedelta(seconds=3)
    redemptions.redeem_code(code, redeemed_by="alice", customer=ALICE, now=later)

    assert left() == {("redeem", "good"): 1, ("redeem", "repeated"): 1}


def test_a_hold_its_confirmation_and_a_release_are_three_outcomes(make_code, left, now):
    code, until = make_code(), now + timedelta(minutes=30)
    redemptions.hold_code(code, held_by="alice", customer=ALICE, now=now, until=until)
    later = now + timedelta(seconds=5)
    redemptions.redeem_code(code, redeemed_by="alice", customer=ALICE, now=later)
    redemptions.release_code(code, redeemed_by="alice", now=later)

    assert left() == {("hold", "good"): 1, ("redeem", "good"): 1, ("release", "good"): 1}


def test_releasing_what_is_not_held_is_counted_as_that(make_code, left, now):
    assert not redemptions.release_code(make_code(), redeemed_by="alice", now=now)

    assert left() == {("release", "nothing_held"): 1}


def test_a_hold_that_somebody_cleared_away_is_counted_as_expired(make_code, left, now):
    code, later = make_code(), now + timedelta(hours=1)
    until = now + timedelta(minutes=30)
    redemptions.hold_code(code, held_by="alice", customer=ALICE, now=now, until=until)

    redemptions.redeem_code(code, redeemed_by="bob", customer=BOB, now=later)

    assert left()["release", "hold_expired"] == 1


def test_an_outcome_that_cannot_be_written_costs_nobody_the_answer(make_code, left, now, caplog):
    code = make_code()
    redemptions.check_code(code, now=now)

    caplog.set_level(logging.WARNING)
    with failing("dynamodb", "UpdateItem", "AccessDeniedException") as asked:
        answer = redemptions.check_code(code, now=now)

    assert answer.refusal is None
    assert len(asked) == 1
    assert "check good" in caplog.text
    assert code.replace("-", "") not in caplog.text
    assert left() == {("check", "good"): 1}
