"""Every way to want the same use at the same moment: none over, none lost, in any of them.

Different customers, through the service that sign-ups use. What stock moto does to such a race is
in test_races.py.
"""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import promo_codes, uses
from backoffice.audit import SYSTEM
from campaigns import gatekeeping, redemptions, rules
from campaigns.eligibility import Customer
from campaigns.errors import CodeRefused
from campaigns.models import Campaign

pytestmark = pytest.mark.django_db(transaction=True)

HOLD = timedelta(minutes=15)


@pytest.fixture
def threads(is_long):
    return 64 if is_long else 32


@pytest.fixture(params=[(0.0, 4, 20), (0.2, 1, 5)], ids=["calm", "conflicts"])
def rounds(request, cloud, is_long):
    """How often to race; transactions meet others on their way, as DynamoDB's do."""
    cloud.conflict_rate, few, many = request.param
    return many if is_long else few


def redeem(code, who, *, email=None, now=None):
    """Whether the customer has it."""
    try:
        redemptions.redeem_code(
            code,
            redeemed_by=who,
            customer=Customer(email or f"{who}@example.com"),
            now=now or timezone.now(),
        )
    except CodeRefused:
        return False
    return True


def hold(code, who, *, now=None):
    now = now or timezone.now()
    try:
        held = redemptions.hold_code(
            code, held_by=who, customer=Customer(f"{who}@example.com"), now=now, until=now + HOLD
        )
    except CodeRefused:
        return False
    return held.held_until is not None


def release(code, who):
    return redemptions.release_code(code, redeemed_by=who, now=timezone.now())


def stored(code):
    return promo_codes.read_code(rules.normalise(code), consistent=True)


class TestRaces:
    @pytest.mark.parametrize("max_uses", [1, 3])
    def test_in_every_spelling_it_is_one_code(
        self, make_code, in_threads, threads, rounds, max_uses
    ):
        spellings = (str, str.lower, lambda code: code.replace("-", " "), lambda code: f" {code} ")
        for number in range(rounds):
            code = make_code(max_uses=max_uses)
            typed = [spell(code) for spell in spellings] * (threads // len(spellings))

            won = in_threads(threads, lambda n, t=typed, r=number: redeem(t[n], f"c{r}-{n}"))

            assert sum(won) == max_uses == stored(code).uses

    def test_one_customer_under_many_aliases_gets_one_code(
        self, make_campaign, make_code, in_threads, threads, rounds
    ):
        campaign = make_campaign(once_per_customer=True)
        for number in range(rounds):
            codes = [make_code(campaign, max_uses=1 + n % 2) for n in range(threads)]
            emails = [f"alice{number}+{n}@example.com" for n in range(threads)]

            won = in_threads(
                threads,
                lambda n, c=codes, e=emails, r=number: redeem(c[n], f"f{r}-{n}", email=e[n]),
            )

            assert sum(won) == 1 == sum(stored(code).uses for code in codes)

    @pytest.mark.parametrize("cap", [1, 5, 20])
    def test_a_campaign_has_no_more_redemptions_than_its_cap(
        self, make_campaign, make_code, in_threads, threads, rounds, cap
    ):
        for number in range(rounds):
            campaign = make_campaign(cap=cap, slug=f"capped-{number}")
            shared = make_code(campaign, max_uses=threads)
            codes = [make_code(campaign) if n % 2 else shared for n in range(threads)]

            won = in_threads(threads, lambda n, c=codes: redeem(c[n], f"customer-{n}"))

            assert sum(won) == cap == sum(uses.uses_in_cap(campaign.public_id))

    @pytest.mark.parametrize("max_uses", [1, 3])
    def test_redeeming_against_releasing(self, make_code, in_threads, threads, rounds, max_uses):
        """Whoever wins gives back and others come: never too many at once, and none is lost."""
        code = make_code(max_uses=max_uses)
        keeper, inside, most = threading.Lock(), set(), []

        def come_and_go(number):
            for _ in range(rounds):
                if not redeem(code, f"c{number}"):
                    continue
                with keeper:
                    inside.add(number)
                    most.append(len(inside))
                    inside.discard(number)
                assert release(code, f"c{number}")

        in_threads(threads // 2, come_and_go)

        assert max(most) <= max_uses
        assert stored(code).uses == 0
        assert sum(redeem(code, f"after-{n}") for n in range(max_uses + 1)) == max_uses

    @pytest.mark.parametrize("max_uses", [1, 3])
    def test_holding_against_redeeming(self, make_code, in_threads, threads, rounds, max_uses):
        for number in range(rounds):
            code = make_code(max_uses=max_uses)

            won = in_threads(
                threads, lambda n, c=code, r=number: (hold if n % 2 else redeem)(c, f"c{r}-{n}")
            )

            assert sum(won) == max_uses == stored(code).uses
            assert stored(code).holds == sum(won[1::2])

    @pytest.mark.parametrize("max_uses", [1, 3])
    def test_all_want_what_was_held_and_is_over(
        self, make_code, in_threads, threads, rounds, max_uses
    ):
        for number in range(rounds):
            code = make_code(max_uses=max_uses)
            for holder in range(max_uses):
                hold(code, f"holder{number}-{holder}")
            later = timezone.now() + 2 * HOLD

            won = in_threads(
                threads, lambda n, c=code, r=number, t=later: redeem(c, f"c{r}-{n}", now=t)
            )

            assert sum(won) == max_uses == stored(code).uses
            assert stored(code).holds == 0

    def test_pausing_against_redeeming(self, make_campaign, make_code, in_threads, threads, rounds):
        """Who starts after the pause was reported is refused, whoever is under way."""
        campaign = make_campaign()
        code = make_code(campaign, max_uses=rounds * threads)
        reported = threading.Event()
        late = []

        def pause_or_redeem(number):
            if number == 0:
                gatekeeping.pause_campaign(Campaign.objects.get(pk=campaign.pk), SYSTEM)
                reported.set()
                return 0
            wins = 0
            for attempt in range(rounds):
                is_late = reported.is_set()
                won = redeem(code, f"c{number}-{attempt}")
                wins += won
                if won and is_late:
                    late.append(number)
            return wins

        won = in_threads(threads, pause_or_redeem)

        assert late == []
        assert sum(won) == stored(code).uses
        assert redeem(code, "after") is False
