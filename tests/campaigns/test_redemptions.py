"""Checking, spending and giving back codes, by whoever knows them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import gates, promo_codes
from adapters.aws import client
from adapters.errors import TryLater
from backoffice.audit import SYSTEM
from campaigns import gatekeeping, redemptions, rules, wording
from campaigns.eligibility import Customer
from campaigns.errors import (
    CodeExpired,
    CodeMisspelled,
    CodeNotStarted,
    CodePaused,
    CodeRefused,
    CodeSpent,
    CodeUnknown,
)
from campaigns.models import Batch
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@pytest.fixture
def calls():
    """The operations that DynamoDB is asked for."""
    seen = []

    def note(model, **_):
        seen.append(model.name)

    client("dynamodb").meta.events.register("before-call.dynamodb", note)
    yield seen
    client("dynamodb").meta.events.unregister("before-call.dynamodb", note)


def redeem(code, who="alice", *, now=None):
    return redemptions.redeem_code(
        code, redeemed_by=who, customer=Customer(f"{who}@example.com"), now=now or timezone.now()
    )


def check(code, *, now=None):
    return redemptions.check_code(code, now=now or timezone.now())


def release(code, who="alice"):
    return redemptions.release_code(code, redeemed_by=who, now=timezone.now())


def uses(code):
    return promo_codes.read_code(rules.normalise(code), consistent=True).uses


def public(code):
    """What a stranger learns: the reason, and that there is a sentence for it."""
    reason = wording.reason(check(code).refusal)
    return reason, wording.sentence(reason)


class TestRedeeming:
    def test_a_redemption_says_what_was_redeemed_by_whom(self, make_campaign, make_code):
        campaign = make_campaign(tier="pro")
        code = make_code(campaign)

        done = redeem(code)

        assert (done.code, done.redeemed_by) == (rules.normalise(code), "alice")
        assert (done.campaign, done.tier) == (campaign.public_id, "pro")
        assert done.batch == Batch.objects.get().public_id
        assert uses(code) == 1

    @pytest.mark.parametrize("max_uses", [1, 2])
    def test_a_repeat_returns_the_very_first_redemption(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        first = redeem(code)

        assert redeem(code, now=timezone.now() + DAY) == first

        assert uses(code) == 1

    @pytest.mark.parametrize("max_uses", [1, 2])
    def test_a_repeat_in_another_spelling_is_a_repeat(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        first = redeem(code)

        assert redeem(code.lower().replace("-", " ").replace("0", "o").replace("1", "i")) == first

    @pytest.mark.parametrize("max_uses", [1, 2])
    def test_a_repeat_after_a_pause_returns_the_first_redemption(
        self, make_campaign, make_code, max_uses
    ):
        campaign = make_campaign()
        code = make_code(campaign, max_uses=max_uses)
        first = redeem(code)
        gatekeeping.pause_campaign(campaign, SYSTEM)

        assert redeem(code) == first

    @pytest.mark.parametrize("max_uses", [1, 2])
    def test_a_repeat_after_the_code_expired_returns_the_first_redemption(
        self, make_code, max_uses
    ):
        code = make_code(max_uses=max_uses, expires_at=timezone.now() + DAY)
        first = redeem(code)

        assert redeem(code, now=timezone.now() + 2 * DAY) == first

    def test_a_repeat_after_others_used_the_code_up_returns_the_first_redemption(self, make_code):
        code = make_code(max_uses=2)
        first = redeem(code)
        redeem(code, "bob")

        assert redeem(code) == first

    @pytest.mark.parametrize("max_uses", [1, 2])
    def test_one_customer_too_many_is_refused(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        for number in range(max_uses):
            redeem(code, f"customer-{number}")

        with pytest.raises(CodeSpent) as refused:
            redeem(code, "too-late")

        assert refused.value.may_tell_why is (max_uses == 1)
        assert uses(code) == max_uses

    @pytest.mark.parametrize("max_uses", [1, 2])
    def test_who_loses_between_the_look_and_the_write_is_refused(
        self, make_code, monkeypatch, max_uses
    ):
        code = make_code(max_uses=max_uses)
        unused = promo_codes.read_code(rules.normalise(code), consistent=True)
        for number in range(max_uses):
            redeem(code, f"customer-{number}")
        monkeypatch.setattr(promo_codes, "read_code", lambda *_, **__: unused)

        with pytest.raises(CodeSpent) as refused:
            redeem(code, "too-late")

        assert refused.value.may_tell_why is (max_uses == 1)

    def test_nobody_redeems_while_the_campaign_is_paused(self, make_campaign, make_code):
        campaign = make_campaign()
        code = make_code(campaign)
        gatekeeping.pause_campaign(campaign, SYSTEM)

        with pytest.raises(CodePaused):
            redeem(code)

        assert uses(code) == 0

    def test_everybody_redeems_again_once_it_is_resumed(self, make_campaign, make_code):
        campaign = make_campaign()
        code = make_code(campaign)
        gatekeeping.pause_campaign(campaign, SYSTEM)
        gatekeeping.resume_campaign(campaign, SYSTEM)

        assert redeem(code)

    def test_the_gate_is_read_consistently(self, make_code):
        code = make_code()
        asked = []

        def note(params, **_):
            asked.append(params["body"])

        events = client("dynamodb").meta.events
        events.register("before-call.dynamodb.GetItem", note)
        try:
            redeem(code)
        finally:
            events.unregister("before-call.dynamodb.GetItem", note)

        gate = [body for body in asked if "gate#" in str(body)]
        assert len(gate) == 1
        assert '"ConsistentRead": true' in str(gate[0])

    @pytest.mark.parametrize(
        ("dates", "why"),
        [({"starts_at": DAY}, CodeNotStarted), ({"ends_at": -DAY}, CodeExpired)],
        ids=["before", "after"],
    )
    def test_nobody_redeems_outside_the_dates(self, make_campaign, make_code, dates, why):
        now = timezone.now()
        code = make_code(make_campaign(**{name: now + away for name, away in dates.items()}))

        with pytest.raises(why):
            redeem(code)

        assert uses(code) == 0

    def test_a_code_that_was_never_made_is_unknown(self):
        with pytest.raises(CodeUnknown):
            redeem("NEVERMADE")

    def test_a_code_whose_campaign_has_no_gate_is_unknown(self, make_code):
        code = make_code()
        stored = promo_codes.read_code(rules.normalise(code), consistent=True)
        promo_codes.insert_codes([replace(stored, code="ORPHAN1", campaign="gone")])

        with pytest.raises(CodeUnknown):
            redeem("ORPHAN1")

    @pytest.mark.parametrize("max_uses", [1, 2])
    @pytest.mark.parametrize("operation", ["GetItem", "UpdateItem", "TransactWriteItems"])
    def test_an_outage_says_try_later_or_changes_nothing(self, make_code, max_uses, operation):
        code = make_code(max_uses=max_uses)

        with failing("dynamodb", operation, "InternalServerError"):
            try:
                redeem(code)
            except TryLater:
                spent = 0
            else:
                spent = 1

        assert uses(code) == spent
        assert redeem(code)
        assert uses(code) == 1

    @pytest.mark.parametrize("max_uses", [1, 2])
    def test_a_write_whose_answer_was_lost_is_a_success_when_repeated(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)

        def lose_the_answer(**_):
            raise KeyboardInterrupt

        events = client("dynamodb").meta.events
        operation = "UpdateItem" if max_uses == 1 else "TransactWriteItems"
        events.register(f"after-call.dynamodb.{operation}", lose_the_answer)
        with pytest.raises(KeyboardInterrupt):
            redeem(code)
        events.unregister(f"after-call.dynamodb.{operation}", lose_the_answer)

        assert redeem(code).redeemed_by == "alice"
        assert uses(code) == 1


class TestReleasing:
    @pytest.mark.parametrize("max_uses", [1, 2])
    def test_a_released_use_is_free_for_somebody_else(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        for number in range(max_uses):
            redeem(code, f"customer-{number}")

        assert release(code, "customer-0") is True

        assert redeem(code, "next").redeemed_by == "next"

    @pytest.mark.parametrize("max_uses", [1, 2])
    def test_releasing_twice_frees_once(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        redeem(code)
        release(code)

        assert release(code) is False

        assert uses(code) == 0

    @pytest.mark.parametrize("max_uses", [1, 2])
    def test_a_stranger_frees_nothing(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        redeem(code)

        assert release(code, "mallory") is False

        assert uses(code) == 1

    def test_a_use_can_be_released_while_the_campaign_is_paused(self, make_campaign, make_code):
        campaign = make_campaign()
        code = make_code(campaign)
        redeem(code)
        gatekeeping.pause_campaign(campaign, SYSTEM)

        assert release(code) is True

    def test_a_code_that_was_never_made_holds_no_use(self):
        assert release("NEVERMADE") is False


class TestChecking:
    def test_a_good_code_comes_with_its_gate(self, make_campaign, make_code):
        campaign = make_campaign(tier="pro")

        answer = check(make_code(campaign))

        assert answer.refusal is None
        assert answer.gate.tier == "pro"

    def test_a_refused_code_comes_without_a_gate(self, make_campaign, make_code):
        campaign = make_campaign()
        code = make_code(campaign)
        gatekeeping.pause_campaign(campaign, SYSTEM)

        assert check(code).gate is None

    def test_a_code_is_good_until_its_campaign_ends_or_it_expires_itself(
        self, make_campaign, make_code
    ):
        soon = timezone.now().replace(microsecond=0) + DAY
        campaign = make_campaign(ends_at=soon + DAY)

        assert check(make_code(campaign)).until == soon + DAY
        assert check(make_code(campaign, expires_at=soon)).until == soon

    def test_a_code_that_nothing_ends_is_good_for_ever(self, make_code):
        assert check(make_code()).until is None

    def test_checking_spends_nothing(self, make_code):
        code = make_code()

        check(code)

        assert uses(code) == 0

    def test_a_stranger_learns_nothing_of_a_shared_code_that_cannot_be_used(
        self, make_campaign, make_code
    ):
        """Paused, expired, used up, of a campaign to come: all are what an unknown code is."""
        now = timezone.now()
        paused = make_campaign(slug="paused")
        later = make_campaign(slug="later", starts_at=now + DAY)
        ended = make_campaign(slug="ended", ends_at=now - DAY)
        running = make_campaign(slug="running")
        shared = [make_code(each, max_uses=2) for each in (paused, later, ended, running)]
        shared.append(make_code(running, max_uses=2, expires_at=now - DAY))
        redeem(shared[3], "alice")
        redeem(shared[3], "bob")
        gatekeeping.pause_campaign(paused, SYSTEM)

        assert {public(code) for code in shared} == {public("NEVERMADE")}

    def test_who_holds_a_code_of_their_own_learns_why(self, make_campaign, make_code):
        now = timezone.now()
        paused = make_campaign(slug="paused")
        of_paused = make_code(paused)
        gatekeeping.pause_campaign(paused, SYSTEM)
        running = make_campaign(slug="running")
        spent = make_code(running)
        redeem(spent)

        reasons = [
            public(of_paused)[0],
            public(spent)[0],
            public(make_code(running, expires_at=now - DAY))[0],
            public(make_code(make_campaign(slug="later", starts_at=now + DAY)))[0],
        ]

        assert reasons == ["paused", "used_up", "expired", "not_started"]

    def test_a_misspelled_code_costs_no_read_of_codes(self, make_code, calls):
        code = make_code()
        check(code)
        calls.clear()

        answer = check(code[:-1] + ("A" if code[-1] != "A" else "B"))

        assert isinstance(answer.refusal, CodeMisspelled)
        assert calls == []

    @pytest.mark.parametrize("typed", ["", "AB", "!" * 20, "A" * 5000])
    def test_what_is_no_code_costs_no_call_at_all(self, typed, calls):
        assert isinstance(check(typed).refusal, CodeMisspelled)

        assert calls == []

    def test_an_outage_is_no_refusal(self, make_code):
        code = make_code()

        with (
            failing("dynamodb", "GetItem", "InternalServerError"),
            pytest.raises(TryLater),
        ):
            check(code)


class TestPrefixes:
    def test_a_new_prefix_is_noticed_after_half_a_minute(self, make_code, monkeypatch):
        redemptions.parse("W1NTER0000000000000")
        gates.register_prefix("W1NTER")
        redemptions.parse("W1NTER0000000000001")
        clock = redemptions.time.monotonic() + redemptions.PREFIXES_KEPT_SECONDS + 1
        monkeypatch.setattr(redemptions.time, "monotonic", lambda: clock)

        with pytest.raises(CodeMisspelled):
            redemptions.parse("W1NTER0000000000001")

    def test_an_old_list_of_prefixes_only_costs_a_read(self, make_campaign, make_code):
        redemptions.parse("NEVERMADE")
        known = redemptions._prefixes
        code = make_code(make_campaign(prefix="W1NTER"))
        redemptions._prefixes = known

        assert redeem(code)


def test_every_refusal_has_a_stable_word():
    kinds = CodeRefused.__subclasses__()

    assert sorted(kind.code for kind in kinds) == [
        "campaign_full",
        "expired",
        "held",
        "misspelled",
        "new_customers_only",
        "not_started",
        "once_per_customer",
        "paused",
        "revoked",
        "unknown",
        "used_up",
        "wrong_domain",
    ]
