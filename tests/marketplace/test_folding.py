"""One picture of an agreement, whatever the order and the number of copies."""

from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.marketplace_notices import NOTED, Entitled, Kind, Names, Told, read_notice
from marketplace.folding import fold
from tests import notices as bodies

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
LEGACY_KINDS = ("subscribe-success", "subscribe-fail", "unsubscribe-pending", "unsubscribe-success")


def told(kind, second=0, **facts):
    return Told(kind=kind, occurred_at=BEGIN + timedelta(seconds=second), **facts)


def at(second):
    return BEGIN + timedelta(seconds=second)


things_told = st.builds(
    Told,
    kind=st.sampled_from([*Kind, *NOTED, "Something New"]),
    occurred_at=st.integers(0, 3).map(at),
    names=st.just(Names(agreement_id="agmt-1")),
    status=st.sampled_from(["", "ACTIVE", "CANCELLED", "RENEWED", "VAPORISED"]),
    intent=st.sampled_from(["", "NEW", "RENEW", "AMEND"]),
    offer_id=st.sampled_from(["", "offer-1", "offer-2"]),
    ends_at=st.none() | st.integers(5, 6).map(at),
    entitlements=st.none() | st.just(()) | st.just((Entitled("pro", "1"),)),
)


@given(st.lists(things_told, max_size=7), st.randoms(), st.booleans())
def test_neither_order_nor_repetition_matters(history, chance, is_legacy):
    again = [one for one in history for _ in range(chance.randint(1, 5))]
    chance.shuffle(again)

    assert fold(again, is_legacy=is_legacy) == fold(history, is_legacy=is_legacy)


def test_every_kind_in_every_order_of_five_and_delivered_up_to_five_times(record_property):
    """Each kind stands beside four that decide; 1, 2 or 5 copies of each are delivered."""
    schedules, wrong = 0, []
    around = [
        told(Kind.CREATED, 0, intent="NEW", status="ACTIVE", ends_at=at(99)),
        told(Kind.LICENSE_UPDATED, 1),
        told(Kind.AMENDED, 2, ends_at=at(77), auto_renews=True),
        told(Kind.ENDED, 3, status="CANCELLED"),
    ]
    of_legacy = [told(kind, second) for second, kind in enumerate(LEGACY_KINDS)]
    for kind, others in product([*Kind, *sorted(NOTED)], (around, of_legacy)):
        one = told(kind, 2, status="ACTIVE" if kind == Kind.LOOKED else "", offer_id="offer-5")
        history = [*others, one]
        right = fold(history, is_legacy=others is of_legacy)
        for order, copies in product(permutations(history), (1, 2, 5)):
            schedule = [*order, *order[::-1] * (copies - 1)]
            schedules += 1
            if fold(schedule, is_legacy=others is of_legacy) != right:
                wrong.append((kind, copies, order))

    figures = f"{schedules} schedules of five notices, {len(wrong)} with another end"
    record_property("figures", figures)
    print(figures)
    assert (schedules, wrong) == (len([*Kind, *NOTED]) * 2 * 120 * 3, [])


def of(*texts):
    return [read_notice(text).told for text in texts]


def test_an_end_is_final_whatever_comes_late():
    picture = fold(of(bodies.ended(3), bodies.created(5), bodies.licensed(7)), is_legacy=False)

    assert (picture.state, picture.ended_as) == ("ended", "CANCELLED")


@pytest.mark.parametrize("status", ["CANCELLED", "EXPIRED", "TERMINATED", "VAPORISED"])
def test_the_word_of_aws_beats_that_of_the_license(status):
    late = of(bodies.deprovisioned(2), bodies.ended(3, status=status))
    picture = fold([*of(bodies.licensed()), *late], is_legacy=False)

    assert (picture.ended_as, picture.ended_at) == (status, late[0].occurred_at)


def test_what_was_merely_made_is_not_active_yet():
    assert fold(of(bodies.created()), is_legacy=False).state == "pending"
    assert fold(of(bodies.created(), bodies.licensed()), is_legacy=False).state == "active"


def test_the_clock_alone_ends_nothing():
    history = [*of(bodies.licensed()), told(Kind.AMENDED, 2, ends_at=at(-99))]

    assert fold(history, is_legacy=False).state == "active"


def test_an_advisory_closes_nothing_and_is_over_when_it_is_resolved():
    issued = fold(of(bodies.licensed(), bodies.advised(3)), is_legacy=False)
    resolved = fold(of(bodies.licensed(), bodies.advised(3, what="Resolved")), is_legacy=False)

    assert (issued.state, issued.advisory_since) == ("active", bodies.BEGIN + timedelta(seconds=3))
    assert resolved.advisory_since is None


def test_a_legacy_customer_who_comes_back_is_active_again():
    words = ["subscribe-success", "unsubscribe-pending", "subscribe-success"]
    history = of(*(bodies.sns(word, second) for second, word in enumerate(words)))

    assert fold(history, is_legacy=True).state == "active"
    assert fold(history[:2], is_legacy=True).state == "ended"


def test_a_legacy_end_begins_with_its_first_word():
    words = ["subscribe-success", "unsubscribe-pending", "unsubscribe-success"]
    history = of(*(bodies.sns(word, second) for second, word in enumerate(words)))

    assert fold(history, is_legacy=True).ended_at == bodies.BEGIN + timedelta(seconds=1)


def test_a_legacy_contract_lives_as_long_as_it_is_entitled_to_something():
    full, empty = (
        told(Kind.LOOKED, 1, entitlements=(Entitled("pro", "1"),)),
        told(Kind.LOOKED, 2, entitlements=()),
    )

    states = [fold(looks, is_legacy=True).state for looks in ([], [full], [full, empty])]

    assert states == ["pending", "active", "ended"]
