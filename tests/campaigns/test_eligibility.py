"""When a code is good, and for whom: every reason alone, and which one comes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.gates import Gate
from adapters.promo_codes import PromoCode
from campaigns import eligibility
from campaigns.eligibility import Customer
from campaigns.errors import (
    CodeExpired,
    CodeHeld,
    CodeNotStarted,
    CodePaused,
    CodeRevoked,
    CodeSpent,
    CodeUnknown,
    NewCustomersOnly,
    WrongDomain,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ALICE = Customer("alice@optics.example")
CODE = PromoCode("AUTUMN1", campaign="c1", batch="b1", max_uses=1, created_at=NOW, chunk=0)
FINE = type(None)
GATE = Gate("c1", name="Autumn", tier="starter", state="open", generation=1)


def refusal(*, code=None, gate=None, now=NOW):
    return type(eligibility.refusal(replace(CODE, **code or {}), replace(GATE, **gate or {}), now))


class TestRefusal:
    def test_nothing_speaks_against_an_unused_code_of_an_open_campaign(self):
        assert eligibility.refusal(CODE, GATE, NOW) is None

    @pytest.mark.parametrize(("code", "gate"), [(None, GATE), (CODE, None), (None, None)])
    def test_without_code_or_gate_it_is_unknown(self, code, gate):
        assert isinstance(eligibility.refusal(code, gate, NOW), CodeUnknown)

    @pytest.mark.parametrize(
        ("state", "why"),
        [
            ("paused", CodePaused),
            ("archived", CodeRevoked),
            ("revoked", CodeRevoked),
            ("not heard of", CodePaused),
        ],
    )
    def test_a_campaign_that_is_not_open_refuses(self, state, why):
        assert refusal(gate={"state": state}) is why

    @pytest.mark.parametrize(("state", "why"), [("paused", CodePaused), ("revoked", CodeRevoked)])
    def test_a_closed_batch_of_an_open_campaign_refuses(self, state, why):
        assert refusal(gate={"closed_batches": {"b1": state}}) is why

    def test_a_closed_batch_does_not_close_the_others(self):
        assert refusal(gate={"closed_batches": {"b2": "revoked"}}) is FINE

    def test_a_paused_batch_of_an_archived_campaign_is_withdrawn(self):
        assert (
            refusal(gate={"closed_batches": {"b1": "paused"}, "state": "archived"}) is CodeRevoked
        )

    def test_a_batch_cannot_open_a_paused_campaign(self):
        closed = {"closed_batches": {"b2": "revoked"}, "state": "paused"}

        assert refusal(gate=closed) is CodePaused

    @pytest.mark.parametrize(
        ("now", "why"),
        [(NOW - SECOND, CodeNotStarted), (NOW, FINE), (NOW + SECOND, FINE)],
    )
    def test_a_campaign_starts_at_its_start(self, now, why):
        assert refusal(gate={"starts_at": NOW}, now=now) is why

    @pytest.mark.parametrize(
        ("now", "why"),
        [(NOW - SECOND, FINE), (NOW, CodeExpired), (NOW + SECOND, CodeExpired)],
    )
    def test_a_campaign_ends_at_its_end(self, now, why):
        assert refusal(gate={"ends_at": NOW}, now=now) is why

    @pytest.mark.parametrize(
        ("now", "why"),
        [(NOW - SECOND, FINE), (NOW, CodeExpired), (NOW + SECOND, CodeExpired)],
    )
    def test_a_code_expires_at_its_own_time(self, now, why):
        assert refusal(code={"expires_at": NOW}, now=now) is why

    @pytest.mark.parametrize(("uses", "why"), [(0, FINE), (2, FINE), (3, CodeSpent)])
    def test_a_shared_code_is_used_up_after_its_last_use(self, uses, why):
        assert refusal(code={"max_uses": 3, "uses": uses}) is why

    def test_the_reason_that_lasts_longest_is_given_first(self):
        """From the outermost in: what staff closed, what the calendar says, what was used."""
        code = {"uses": 1, "expires_at": NOW}
        gate = {"state": "archived", "starts_at": NOW + SECOND, "ends_at": NOW}
        reasons = [refusal(code=code, gate=gate)]
        for better in ({"state": "paused"}, {"state": "open"}, {"starts_at": None}):
            gate.update(better)
            reasons.append(refusal(code=code, gate=gate))
        gate["ends_at"] = None
        reasons.append(refusal(code=code, gate=gate))
        code["expires_at"] = None
        reasons.append(refusal(code=code, gate=gate))

        assert reasons == [
            CodeRevoked,
            CodePaused,
            CodeNotStarted,
            CodeExpired,
            CodeExpired,
            CodeSpent,
        ]

    @pytest.mark.parametrize(
        "gate",
        [{"state": "paused"}, {"state": "archived"}, {"starts_at": NOW + SECOND}, {"ends_at": NOW}],
    )
    def test_who_holds_a_code_of_their_own_may_learn_why_and_who_holds_a_shared_one_not(self, gate):
        own = eligibility.refusal(CODE, replace(GATE, **gate), NOW)
        shared = eligibility.refusal(replace(CODE, max_uses=2), replace(GATE, **gate), NOW)

        assert (own.may_tell_why, shared.may_tell_why) == (True, False)

    def test_a_code_that_somebody_chose_proves_nothing(self):
        """WELCOME2026 is found by trying words, however few may use it."""
        chosen = replace(CODE, chunk=None, uses=1)

        assert not eligibility.refusal(chosen, GATE, NOW).may_tell_why

    def test_that_a_code_is_for_other_domains_is_told_of_a_code_that_is_good_otherwise(self):
        gate, bob = replace(GATE, allowed_domains=("example.com",)), Customer("bob@example.org")
        shared = replace(CODE, max_uses=2)

        refusal = eligibility.refusal(shared, gate, NOW, customer=bob)
        spent = eligibility.refusal(replace(shared, uses=2), gate, NOW, customer=bob)

        assert (refusal.public_reason, spent.public_reason) == ("wrong_domain", "unusable")

    def test_who_comes_too_late_for_a_shared_code_does_not_learn_that_it_exists(self):
        assert not eligibility.refusal(replace(CODE, max_uses=2, uses=2), GATE, NOW).may_tell_why
        assert eligibility.refusal(replace(CODE, uses=1), GATE, NOW).may_tell_why

    def test_an_unknown_code_tells_nothing(self):
        assert not eligibility.refusal(None, GATE, NOW).may_tell_why


class TestEnds:
    def test_a_batch_whose_end_was_moved_ends_then_and_not_as_written(self):
        written = {"expires_at": NOW - SECOND}

        assert refusal(code=written, gate={"batch_ends": {"b1": NOW + SECOND}}) is FINE
        assert refusal(gate={"batch_ends": {"b1": NOW}}) is CodeExpired

    def test_a_batch_whose_end_was_taken_away_never_ends(self):
        assert refusal(code={"expires_at": NOW}, gate={"batch_ends": {"b1": None}}) is FINE

    def test_the_end_of_another_batch_changes_nothing(self):
        assert refusal(gate={"batch_ends": {"b2": NOW}}) is FINE


class TestCustomers:
    @pytest.mark.parametrize(
        ("email", "allowed", "refused", "why"),
        [
            ("alice@optics.example", ["optics.example"], [], FINE),
            ("alice@lab.optics.example", ["optics.example"], [], FINE),
            ("alice@notoptics.example", ["optics.example"], [], WrongDomain),
            ("alice@optics.example.evil", ["optics.example"], [], WrongDomain),
            ("alice@mail.example", [], ["mail.example"], WrongDomain),
            ("alice@free.mail.example", [], ["mail.example"], WrongDomain),
            ("alice@optics.example", ["optics.example"], ["optics.example"], WrongDomain),
            ("alice@optics.example", [], [], FINE),
        ],
    )
    def test_a_campaign_says_which_domains_it_is_for(self, email, allowed, refused, why):
        gate = replace(GATE, allowed_domains=tuple(allowed), refused_domains=tuple(refused))

        assert type(eligibility.refusal(CODE, gate, NOW, customer=Customer(email))) is why

    def test_without_a_customer_only_the_code_is_judged(self):
        gate = replace(GATE, allowed_domains=("optics.example",), new_customers_only=True)

        assert eligibility.refusal(CODE, gate, NOW) is None

    @pytest.mark.parametrize(("is_known", "why"), [(True, NewCustomersOnly), (False, FINE)])
    def test_a_campaign_may_be_for_new_customers_only(self, is_known, why):
        gate = replace(GATE, new_customers_only=True)
        customer = replace(ALICE, is_known=is_known)

        assert type(eligibility.refusal(CODE, gate, NOW, customer=customer)) is why

    @pytest.mark.parametrize(
        "email", ["alice+two@optics.example", "ALICE@Optics.Example", " alice@optics.example "]
    )
    def test_an_alias_is_the_same_customer(self, email):
        assert Customer(email).identities == ALICE.identities

    @pytest.mark.parametrize("email", ["bob@optics.example", "alice@lenses.example"])
    def test_another_address_is_another_customer(self, email):
        assert Customer(email).identities != ALICE.identities

    def test_a_marketplace_account_is_an_identity_of_its_own(self):
        alice = replace(ALICE, marketplace_account="123456789012")
        bob = Customer("bob@optics.example", marketplace_account="123456789012")

        assert len(set(alice.identities) & set(bob.identities)) == 1

    def test_no_identity_shows_the_address(self):
        assert not any("alice" in identity for identity in ALICE.identities)

    @pytest.mark.parametrize(
        ("gate", "scopes"),
        [
            ({}, []),
            ({"once_per_customer": True}, ["c1"]),
            ({"new_customers_only": True}, ["new-customer"]),
            ({"once_per_customer": True, "new_customers_only": True}, ["c1", "new-customer"]),
        ],
    )
    def test_a_redemption_marks_what_bars_the_next_one(self, gate, scopes):
        marks = eligibility.marks(ALICE, replace(GATE, **gate))

        assert [mark.partition("/")[2] for mark in marks] == scopes


class TestHolds:
    @pytest.mark.parametrize(
        ("held_until", "why"), [(NOW + SECOND, CodeHeld), (NOW, FINE), (NOW - SECOND, FINE)]
    )
    def test_a_held_code_is_free_again_at_its_time(self, held_until, why):
        held = {"uses": 1, "holds": 1, "held_until": held_until}

        assert refusal(code=held) is why

    def test_a_shared_code_with_holds_may_have_room_soon(self):
        assert refusal(code={"max_uses": 3, "uses": 3, "holds": 1}) is CodeHeld
        assert refusal(code={"max_uses": 3, "uses": 2, "holds": 2}) is FINE


class TestCap:
    @pytest.mark.parametrize("cap", [1, 7, 8, 9, 100, 12_345])
    def test_the_parts_of_a_cap_add_up(self, cap):
        assert sum(eligibility.cap_shares(cap)) == cap

    def test_no_part_shrinks_when_the_cap_grows(self):
        for cap in range(1, 200):
            before, after = eligibility.cap_shares(cap), eligibility.cap_shares(cap + 1)
            assert all(now >= then for then, now in zip(before, after, strict=True))


@pytest.mark.parametrize("written", ["b\u00fccher.example", "xn--bcher-kva.example"])
def test_a_domain_in_another_alphabet_has_one_spelling(written):
    gate = replace(GATE, allowed_domains=("xn--bcher-kva.example",))
    customer = Customer(f"alice@{written}")

    assert eligibility.refusal(CODE, gate, NOW, customer=customer) is None
