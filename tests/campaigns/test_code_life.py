"""Any sequence of redeem, hold, release, waiting, pause, revoke: the books agree with a model.

The model is a dictionary and four lines of rules; what it says must be what DynamoDB holds.
"""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from adapters import promo_codes, uses
from backoffice.audit import SYSTEM
from campaigns import gatekeeping, redemptions, rules
from campaigns.eligibility import Customer
from campaigns.errors import (
    CampaignFull,
    CodeHeld,
    CodePaused,
    CodeRefused,
    CodeRevoked,
    CodeSpent,
    OncePerCustomer,
)
from campaigns.models import Batch, Campaign
from tests.codes import put_code

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

HOLD = timedelta(minutes=15)
CODES = st.sampled_from(["single", "second", "shared"])
PEOPLE = st.sampled_from(["alice", "bob", "charlie"])
numbers = itertools.count(1)


class Life(RuleBasedStateMachine):
    """`held` has for each use, by code and person, until when it is only held; None: redeemed."""

    @initialize(
        once=st.booleans(), cap=st.sampled_from([None, 1, 2]), prefix=st.sampled_from(["", "LIFE"])
    )
    def begin(self, once, cap, prefix):
        self.campaign = Campaign(
            name="Life",
            slug=f"life-{next(numbers)}",
            tier="free",
            prefix=prefix,
            once_per_customer=once,
            cap=cap,
        )
        gatekeeping.save_campaign(self.campaign, SYSTEM)
        self.most = {"single": 1, "second": 1, "shared": 2}
        self.codes = {
            name: put_code(self.campaign, max_uses=most) for name, most in self.most.items()
        }
        self.now = timezone.now().replace(microsecond=0)
        self.held = {}
        self.is_paused = False
        self.revoked = set()

    @rule(code=CODES, who=PEOPLE)
    def redeem(self, code, who):
        expected = self._expect(code, who, None)
        assert self._outcome(redemptions.redeem_code, code, who) == expected

    @rule(code=CODES, who=PEOPLE)
    def hold(self, code, who):
        until = self.now + HOLD
        expected = self._expect(code, who, until)
        assert self._outcome(redemptions.hold_code, code, who, until=until) == expected

    @rule(code=CODES, who=PEOPLE)
    def release(self, code, who):
        had = self.held.pop((code, who), "nothing") != "nothing"
        freed = redemptions.release_code(self.codes[code], redeemed_by=who, now=self.now)
        assert freed is had

    @rule(minutes=st.sampled_from([1, 14, 16]))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule()
    def pause_or_resume(self):
        self.is_paused = not self.is_paused
        change = gatekeeping.pause_campaign if self.is_paused else gatekeeping.resume_campaign
        change(self.campaign, SYSTEM)

    @rule(code=CODES)
    def revoke_or_put_back(self, code):
        self.revoked ^= {code}
        stored = promo_codes.read_code(rules.normalise(self.codes[code]))
        state = Batch.State.REVOKED if code in self.revoked else Batch.State.READY
        Batch.objects.filter(public_id=stored.batch).update(state=state)
        gatekeeping.save_campaign(self.campaign, SYSTEM)

    @rule()
    def sweep(self):
        redemptions.clear_expired_holds(self.campaign.public_id, now=self.now)
        self._clear(lambda code: True)

    @invariant()
    def the_books_are_right(self):
        for name, code in self.codes.items():
            stored = promo_codes.read_code(rules.normalise(code), consistent=True)
            mine = [until for (of, _), until in self.held.items() if of == name]
            assert stored.uses == len(mine) <= self.most[name]
            assert stored.holds == sum(until is not None for until in mine)
        if self.campaign.cap:
            assert sum(uses.uses_in_cap(self.campaign.public_id)) == len(self.held)
            assert len(self.held) <= self.campaign.cap

    def _outcome(self, service, code, who, **until):
        by = "held_by" if until else "redeemed_by"
        try:
            done = service(
                self.codes[code],
                **{by: who},
                customer=Customer(f"{who}@example.com"),
                now=self.now,
                **until,
            )
        except CodeRefused as error:
            return type(error)
        return done.held_until

    def _expect(self, code, who, until):
        """Return the kind of refusal, or until when the code is held, and keep it."""
        mine = self.held.get((code, who), "nothing")
        refusal = self._closed(code) or self._used_up(code)
        if refusal:
            is_first = mine == "nothing" or (mine is not None and until is None)
            return refusal if is_first else mine
        if mine == "nothing":
            refusal = self._in_the_way(code, who)
            if refusal:
                return refusal
            self.held[code, who] = until
        elif until is None:
            self.held[code, who] = None
        return self.held[code, who]

    def _closed(self, code):
        if code in self.revoked:
            return CodeRevoked
        return CodePaused if self.is_paused else None

    def _used_up(self, code):
        """Known before anything is written, where no hold can end."""
        mine = [until for (of, _), until in self.held.items() if of == code]
        is_final = len(mine) == self.most[code] and not any(mine)
        return CodeSpent if is_final else None

    def _in_the_way(self, code, who):
        if self._uses(code) == self.most[code] and not self._clear(lambda of: of == code):
            return CodeHeld
        if self.campaign.once_per_customer:
            other = next((of for of, by in self.held if by == who), None)
            if other and not (
                self._clear(lambda of: of == other) and not any(by == who for _, by in self.held)
            ):
                return OncePerCustomer
        cap = self.campaign.cap
        if cap and len(self.held) == cap and not self._clear(lambda of: True):
            return CampaignFull
        return None

    def _uses(self, code):
        return sum(of == code for of, _ in self.held)

    def _clear(self, is_meant):
        """Holds whose time is over go when somebody wants what they keep."""
        over = [
            (code, who)
            for (code, who), until in self.held.items()
            if until and until <= self.now and is_meant(code)
        ]
        for key in over:
            del self.held[key]
        return bool(over)


def test_whatever_happens_to_codes_the_books_agree_with_the_model():
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
