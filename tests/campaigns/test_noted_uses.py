"""What other services redeem and give back reaches the portal's list by itself, whoever dies."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from adapters import use_notes
from adapters.aws import client
from adapters.definitions import name_of
from adapters.use_notes import DEAD_AFTER
from campaigns import gatekeeping, noted, noted_uses, rules
from campaigns.eligibility import Customer
from campaigns.errors import CodeMisspelled, CodeSpent
from campaigns.models import Campaign, Redemption, UseCopy
from campaigns.noted_uses import copy_noted_uses
from localcloud.templates import template
from tenants import sweep
from tests.codes import put_code
from tests.crashes import Point, calls_of, quiet_retries, strike
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

both = pytest.mark.parametrize("max_uses", [1, 3])
# What leaves something half done; whatever fails without dying says so to its caller.
DEATHS = ("killed before", "killed after", "answer lost")
LATER = DEAD_AFTER + timedelta(seconds=1)


def redeem(code, who="order-1", at=None):
    customer = Customer(f"{who}@example.com")
    return noted.redeem_noted(code, redeemed_by=who, customer=customer, now=at or timezone.now())


def release(code, who="order-1", at=None):
    return noted.release_noted(code, redeemed_by=who, now=at or timezone.now())


def listed():
    rows = Redemption.objects.order_by("redeemed_by")
    return [(row.redeemed_by, row.code, row.released_at is None) for row in rows]


def notes():
    items = client("dynamodb").scan(TableName=name_of("redemptions"))["Items"]
    return [item for item in items if item["code"]["S"].startswith("changed#")]


@both
def test_a_redemption_is_listed_by_the_next_sweep(make_code, max_uses):
    code = make_code(max_uses=max_uses)
    done = redeem(code)

    sweep.run_due()

    row = Redemption.objects.select_related("campaign", "batch").get()
    assert (row.code, row.redeemed_at, row.released_at) == (done.code, done.redeemed_at, None)
    assert (row.campaign.public_id, row.batch.public_id) == (done.campaign, done.batch)
    assert row.tier == "starter"
    assert notes() == []


def test_from_then_on_the_terms_of_the_campaign_stay(make_campaign, make_code):
    campaign = make_campaign()
    redeem(make_code(campaign))

    copy_noted_uses()

    assert "tier" in gatekeeping.locked_fields(Campaign.objects.get(pk=campaign.pk))


@both
def test_a_release_is_listed_too(make_code, max_uses):
    code = make_code(max_uses=max_uses)
    redeem(code)
    copy_noted_uses()
    at = timezone.now().replace(microsecond=0)

    release(code, at=at)
    copy_noted_uses()

    assert Redemption.objects.get().released_at == at
    assert notes() == []


@both
def test_what_was_redeemed_and_given_back_between_two_sweeps_is_not_missed(make_code, max_uses):
    code = make_code(max_uses=max_uses)
    redeem(code)
    release(code)

    copy_noted_uses()

    assert listed() == [("order-1", rules.normalise(code), False)]


@both
def test_who_redeems_again_after_giving_back_counts(make_code, max_uses):
    code = make_code(max_uses=max_uses)
    redeem(code)
    release(code)
    redeem(code)

    copy_noted_uses()

    assert listed() == [("order-1", rules.normalise(code), True)]


def test_several_customers_of_a_shared_code_are_listed_each(make_code):
    code = make_code(max_uses=3)
    for who in ("order-1", "order-2", "order-3"):
        redeem(code, who)
    release(code, "order-2")

    copy_noted_uses()

    assert [(who, counts) for who, _, counts in listed()] == [
        ("order-1", True),
        ("order-2", False),
        ("order-3", True),
    ]


def test_a_refusal_leaves_no_note(make_code):
    code = make_code()
    redeem(code)
    copy_noted_uses()

    with pytest.raises(CodeSpent):
        redeem(code, "order-2")
    with pytest.raises(CodeMisspelled):
        redeem("A", "order-2")

    assert notes() == []


def test_a_note_without_a_redemption_goes_once_its_author_must_be_dead(make_code):
    use_notes.leave_note(rules.normalise(make_code()), taken_by="order-1", now=timezone.now())

    copy_noted_uses()
    assert len(notes()) == 1
    with time_machine.travel(timezone.now() + LATER, tick=False):
        copy_noted_uses()

    assert (notes(), listed()) == ([], [])


def test_a_redemption_that_is_under_way_is_not_given_up(make_code):
    """Looked at between note and write, the note must stay."""
    code = make_code()
    normalised = rules.normalise(code)
    note = use_notes.leave_note(normalised, taken_by="order-1", now=timezone.now())
    copy_noted_uses()

    noted.redemptions.redeem_code(
        code, redeemed_by="order-1", customer=Customer("a@example.com"), now=timezone.now()
    )
    use_notes.say_done(note)
    copy_noted_uses()

    assert listed() == [("order-1", normalised, True)]


def test_no_function_outlives_the_time_after_which_it_is_taken_for_dead():
    [timeout] = [
        resource["Properties"]["Timeout"]
        for name, resource in template("functions")["Resources"].items()
        if name == "RedeemCode"
    ]

    assert timedelta(seconds=timeout + 20) < DEAD_AFTER


@pytest.mark.parametrize("work", [redeem, release])
@both
def test_a_function_that_dies_anywhere_hides_nothing(
    make_campaign, make_code, work, max_uses, record_property
):
    campaign = make_campaign(cap=500, once_per_customer=max_uses > 1)

    def prepared(number):
        code = put_code(campaign, max_uses=max_uses)
        who = f"order-{number}"
        if work is release:
            redeem(code, who)
            copy_noted_uses()
        return code, who

    code, who = prepared(0)
    calls = calls_of(lambda: work(code, who))
    points = [Point(kind, call) for kind in DEATHS for call in range(len(calls))]
    wrong = []
    for number, point in enumerate(points, start=1):
        code, who = prepared(number)
        with quiet_retries():
            strike(lambda code=code, who=who: work(code, who), point)
        with time_machine.travel(timezone.now() + LATER, tick=False):
            copy_noted_uses()
        use = noted.redemptions.uses.read_use(
            noted.redemptions.promo_codes.read_code(rules.normalise(code), consistent=True),
            taken_by=who,
        )
        counted = Redemption.objects.filter(redeemed_by=who, released_at=None).exists()
        if counted != (use is not None):
            wrong.append((point, calls[point.call]))
    record_property("figures", f"{work.__name__}: {len(points)} crash points, {len(wrong)} wrong")

    assert wrong == []
    assert notes() == []


def test_a_sweep_that_dies_anywhere_hides_nothing(make_campaign, make_code):
    def one():
        code = put_code(campaign)
        redeem(code, who)
        return code

    campaign, who = make_campaign(), "order-0"
    one()
    calls = calls_of(copy_noted_uses)
    for number, point in enumerate(
        (Point(kind, call) for kind in DEATHS[:2] for call in range(len(calls))), start=1
    ):
        who = f"order-{number}"
        one()
        with quiet_retries():
            strike(copy_noted_uses, point)
        UseCopy.objects.update(leased_until=None)
        copy_noted_uses()
        assert Redemption.objects.filter(redeemed_by=who, released_at=None).exists(), point

    assert notes() == []


def test_of_two_sweeps_one_copies(make_code):
    redeem(make_code())
    UseCopy.objects.get_or_create(pk=1)
    UseCopy.objects.get().claim()

    assert copy_noted_uses() == 0
    assert listed() == []


def test_more_than_a_sweep_takes_is_left_to_the_next_ones(make_campaign, monkeypatch):
    monkeypatch.setattr(noted_uses, "MOST_NOTES", 3)
    monkeypatch.setattr(noted_uses, "STRIDE", 2)
    campaign = make_campaign()
    for number in range(20):
        redeem(put_code(campaign), f"order-{number}")

    copied = copy_noted_uses()
    assert copied == Redemption.objects.count() <= 12
    while copy_noted_uses():
        pass

    assert Redemption.objects.count() == 20


def test_when_there_is_nothing_it_asks_for_each_part_once(make_code):
    calls = calls_of(copy_noted_uses)

    assert calls == ["Query"] * use_notes.PARTS


def test_a_note_that_cannot_be_finished_changes_no_answer(make_code):
    code = make_code()

    with failing("dynamodb", "DeleteItem", "InternalServerError"):
        redeem(code)
        with pytest.raises(CodeSpent):
            redeem(code, "order-2")

    assert len(notes()) == 2
    with time_machine.travel(timezone.now() + LATER, tick=False):
        copy_noted_uses()
    assert ([who for who, *_ in listed()], notes()) == (["order-1"], [])
