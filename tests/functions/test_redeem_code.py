"""Redeeming as a function: once, again, by somebody else, given back, and what goes wrong."""

import json

import pytest

from adapters import promo_codes
from adapters.errors import TryLater
from backoffice.audit import SYSTEM
from campaigns import gatekeeping, redemptions, rules
from campaigns.models import Batch
from functions import redeem_code
from functions.direct import BadEvent, Broken
from tests.functions.direct import invoked
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

both = pytest.mark.parametrize("max_uses", [1, 2])


def redeem(code, who="order-1", *, email="alice@example.com", **fields):
    return invoked(redeem_code, code=code, redeemed_by=who, email=email, **fields)


def release(code, who="order-1"):
    return invoked(redeem_code, code=code, redeemed_by=who, release=True)


def uses(code):
    return promo_codes.read_code(rules.normalise(code), consistent=True).uses


def test_a_redemption_says_what_was_redeemed(make_campaign, make_code):
    campaign = make_campaign(tier="pro", access_days=30)
    code = make_code(campaign)

    told = redeem(code)

    stored = promo_codes.read_code(rules.normalise(code), consistent=True)
    assert told.pop("redeemed_at") == f"{stored.redeemed_at:%Y-%m-%dT%H:%M:%SZ}"
    assert told == {
        "redeemed": True,
        "reason": None,
        "campaign": campaign.public_id,
        "batch": Batch.objects.get().public_id,
        "tier": "pro",
        "access_days": 30,
    }
    assert (stored.uses, stored.redeemed_by) == (1, "order-1")


@both
def test_asked_again_it_gives_the_first_answer(make_campaign, make_code, max_uses):
    campaign = make_campaign()
    code = make_code(campaign, max_uses=max_uses)
    first = redeem(code)
    gatekeeping.pause_campaign(campaign, SYSTEM)

    assert redeem(code.lower()) == first

    assert uses(code) == 1


def test_somebody_else_is_refused_with_the_reason(make_code):
    code = make_code()
    redeem(code)

    assert redeem(code, "order-2") == {"redeemed": False, "reason": "used_up"}


def test_many_at_once_spend_a_code_once(make_code, in_threads):
    code = make_code()

    answers = in_threads(16, lambda number: redeem(code, f"order-{number}"))

    assert sorted(answer["redeemed"] for answer in answers) == [False] * 15 + [True]
    assert uses(code) == 1


def test_the_portal_sees_what_the_function_redeemed(make_code):
    code = make_code()
    redeem(code)

    refusal = redemptions.check_code(code, now=redeem_code.datetime.now(redeem_code.UTC)).refusal

    assert refusal.code == "used_up"


def test_a_campaign_that_confirms_addresses_is_not_held(make_campaign, make_code):
    code = make_code(make_campaign(confirm_first=True))

    assert redeem(code)["redeemed"] is True

    assert promo_codes.read_code(rules.normalise(code), consistent=True).holds == 0


@pytest.mark.parametrize(
    ("is_known", "reason"),
    [
        ({}, "new_customers_only"),
        ({"is_known": True}, "new_customers_only"),
        ({"is_known": False}, None),
    ],
)
def test_who_is_not_called_new_is_taken_for_a_customer(make_campaign, make_code, is_known, reason):
    code = make_code(make_campaign(new_customers_only=True))

    assert redeem(code, **is_known)["reason"] == reason


def test_a_marketplace_account_redeems_once_under_whatever_address(make_campaign, make_code):
    campaign = make_campaign(once_per_customer=True)
    account = "123456789012"
    redeem(make_code(campaign), marketplace_account=account)

    told = redeem(
        make_code(campaign), "order-2", email="bob@example.org", marketplace_account=account
    )

    assert told == {"redeemed": False, "reason": "once_per_customer"}


class TestReleasing:
    @both
    def test_a_use_is_given_back_once(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        redeem(code)

        assert release(code) == {"released": True, "reason": None}
        assert release(code) == {"released": False, "reason": None}

        assert uses(code) == 0

    @both
    def test_nobody_gives_back_what_another_has(self, make_code, max_uses):
        code = make_code(max_uses=max_uses)
        redeem(code)

        assert release(code, "order-2")["released"] is False

        assert uses(code) == 1

    def test_a_code_that_cannot_exist_says_so(self):
        assert release("A") == {"released": False, "reason": "misspelled"}

    def test_what_tells_of_a_release_is_nobodys_use(self, make_code):
        """The row that stays is kept under a name that no caller can bear."""
        code = make_code(max_uses=2)
        redeem(code)
        release(code)

        with pytest.raises(BadEvent, match="redeemed_by"):
            release(code, "released#0011223344556677")


@both
@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem", "TransactWriteItems"])
def test_an_outage_is_an_error_or_changes_nothing_and_repeating_helps(
    make_code, max_uses, operation
):
    code = make_code(max_uses=max_uses)

    with failing("dynamodb", operation, "InternalServerError"):
        try:
            redeem(code)
        except TryLater:
            spent = 0
        else:
            spent = 1

    assert uses(code) == spent
    assert redeem(code)["redeemed"] is True
    assert uses(code) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"redeemed_by": "order-1"}, '"email" is missing'),
        ({"email": "alice@example.com"}, '"redeemed_by" is missing'),
        ({"redeemed_by": "", "email": "alice@example.com"}, '"redeemed_by" must be 1 to 64'),
        ({"redeemed_by": "a" * 65, "email": "alice@example.com"}, '"redeemed_by" must be 1 to 64'),
        ({"redeemed_by": "a#b", "email": "alice@example.com"}, '"redeemed_by" must be 1 to 64'),
        ({"redeemed_by": "order-1", "release": "yes"}, '"release" must be true or false'),
        ({"redeemed_by": "order-1", "release": 1}, '"release" must be true or false'),
        ({"redeemed_by": "order-1", "relaese": True}, '"relaese" is not known'),
    ],
)
def test_an_event_that_is_not_understood_spends_nothing(make_code, fields, said):
    code = make_code()

    with pytest.raises(BadEvent, match=said):
        invoked(redeem_code, code=code, **fields)

    assert uses(code) == 0


def test_a_bug_says_where_it_is_and_quotes_no_code(make_code, monkeypatch, capsys):
    code = make_code()

    def broken(*_, **__):
        raise ValueError(code)

    monkeypatch.setattr(redemptions, "redeem_code", broken)

    with pytest.raises(Broken) as error:
        redeem(code)

    line = json.loads(capsys.readouterr().out)
    assert (line["error"], line["function"]) == ("ValueError", "functions.redeem_code")
    assert "test_redeem_code.py" in line["where"][-1]
    assert code not in f"{line}{error.value}"
    assert error.value.__cause__ is None
