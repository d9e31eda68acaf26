"""What the race in the benchmarks counts as wrong: a judge who sees nothing proves nothing."""

import pytest
from django.utils import timezone

from benchmarks.racing import judged
from campaigns import redemptions
from campaigns.eligibility import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def won_by(make_code):
    """Return a code that these customers redeemed."""

    def redeem(*customers: str, max_uses: int) -> str:
        code = make_code(max_uses=max_uses)
        for customer in customers:
            redemptions.redeem_code(
                code, redeemed_by=customer, customer=Customer(customer), now=timezone.now()
            )
        return code

    return redeem


@pytest.mark.parametrize("winners", [["alice"], ["alice", "bob"]])
def test_a_code_used_as_often_as_it_allows_is_right(won_by, winners):
    score = judged(won_by(*winners, max_uses=len(winners)), len(winners), winners, 40)

    assert (score.attempts, score.codes, score.over, score.lost) == (40, 1, 0, 0)


def test_a_winner_too_many_is_an_over_redemption(won_by):
    assert judged(won_by("alice", max_uses=1), 1, ["alice", "bob"], 40).over == 1


@pytest.mark.parametrize("max_uses", [1, 2])
def test_a_winner_who_is_not_on_record_is_lost(won_by, max_uses):
    code = won_by(*["alice", "bob"][:max_uses], max_uses=max_uses)

    assert judged(code, max_uses, ["alice", "carol"][-max_uses:], 40).lost > 0


def test_a_use_that_nobody_got_is_lost(won_by):
    assert judged(won_by("alice", max_uses=2), 2, ["alice"], 40).lost == 1
