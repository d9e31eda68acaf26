"""Whole lives of agreements, told by the simulator in every order, so often as it likes, or not at
all: what we have at the end is what AWS says."""

import random
from collections import Counter
from itertools import combinations, permutations

import pytest
from django.utils import timezone

from adapters.marketplace import ResolvedCustomer
from adapters.marketplace_notices import Kind, read_notice
from marketplace import inbox, looking, searching
from marketplace.agreements import agreement_of
from marketplace.folding import fold
from marketplace.models import Agreement, AgreementSearch, Notice
from marketplace.products import product_of
from tenants.models import Grant, Message, Tenant
from tests.marketplace.stories import STORIES, live
from tests.people import add_member

pytestmark = pytest.mark.timeout(1800)

SEED = 20261126
MOST = 5


@pytest.fixture
def story(request, cloud):
    return live(cloud.marketplace, request.param)


every_story = pytest.mark.parametrize("story", STORIES, indirect=True)


def orders(bodies):
    """Every order of those that are five at most, else of each five in a row among the others."""
    for first in range(max(1, len(bodies) - MOST + 1)):
        before, after = bodies[:first], bodies[first + MOST :]
        for order in permutations(bodies[first : first + MOST]):
            yield [*before, *order, *after]


def delivered(order, copies):
    return [*order, *order[::-1] * (copies - 1)]


def pictures(story, bodies):
    """What follows of each agreement, as far as it was told."""
    told_of = {}
    for body in bodies:
        told = read_notice(body).told
        name = told.names.agreement_id or story.name_of(story.first)
        told_of.setdefault(name, []).append(told)
    return {name: fold(told, is_legacy=story.is_legacy) for name, told in told_of.items()}


@every_story
def test_every_order_makes_the_same_picture_and_the_right_one(story, record_property, request):
    right = pictures(story, story.bodies)
    schedules, wrong = 0, []
    for order in orders(story.bodies):
        for copies in (1, 2, 5):
            schedules += 1
            if pictures(story, delivered(order, copies)) != right:
                wrong.append((order, copies))

    record_property(
        "figures", f"{request.node.callspec.id}: {schedules} schedules, {len(wrong)} wrong"
    )
    assert not wrong
    told_active = {name for name, picture in right.items() if picture.state == "active"}
    is_told = {name for name in story.active if tells_of_beginning(story)}
    assert told_active == is_told


def tells_of_beginning(story):
    """Of a legacy contract only an "entitlement-updated" without any detail may be told."""
    return any(
        read_notice(body).told.kind in (Kind.SUBSCRIBED, Kind.LICENSE_UPDATED)
        for body in story.bodies
    )


@pytest.fixture
def customer(story, transactional_db):
    """Has registered for the first agreement; nothing else is known yet."""
    tenant = Tenant.objects.create(company="Burr Bearings")
    add_member(tenant, "owner", "bob@example.com")
    return tenant


@pytest.fixture
def anew(story, customer):
    """Forget all, but that this customer registered with the first agreement."""
    first = story.first
    resolved = ResolvedCustomer(
        product_code=first.product.code,
        account_id=first.account_id,
        license_arn=first.license_arn,
        customer_identifier=first.customer_identifier,
        agreement_id="" if story.is_legacy else first.id,
    )

    def make():
        for model in (Message, Grant, Notice):
            model.objects.all().delete()
        Agreement.objects.all().delete()
        AgreementSearch.objects.all().delete()
        row = agreement_of(resolved)
        Agreement.objects.filter(pk=row.pk).update(tenant=customer)

    return make


def hear(bodies):
    for body in bodies:
        inbox.apply(inbox.save(body))


def look_and_search():
    """Do what the sweep does within six hours."""
    for _ in range(2):
        AgreementSearch.objects.update(due_at=timezone.now())
        searching.search_due()
        Agreement.objects.update(look_due_at=timezone.now())
        looking.look_at_due()


def heard_state():
    rows = Agreement.objects.order_by("agreement_id").values_list(
        *("agreement_id", "license_id", "state", "ended_as", "ended_at", "starts_at", "ends_at"),
        *("advisory_since", "auto_renews", "tenant", "intent", "previous_agreement_id"),
    )
    return list(rows), open_grants()


def open_grants():
    return sorted(Grant.objects.filter(ended_at=None).values_list("agreement", "tier"))


def doubles():
    grants = Counter(Grant.objects.values_list("agreement", "tenant"))
    mails = Counter(Message.objects.values_list("kind", "agreement", "occasion", "to"))
    return sum(count - 1 for found in (grants, mails) for count in found.values())


def tier_of(agreement):
    product = product_of(agreement.product.code)
    return product.tier_for(agreement.dimensions)


def is_right(story):
    """Whether the agreements that are active, and what is open by them, are what AWS says."""
    rows = Agreement.objects.filter(state=Agreement.State.ACTIVE)
    by_aws = sorted((name, tier_of(one)) for name, one in story.active_of_the_first_buyer.items())
    return {row.source_name for row in rows} == {*story.active} and open_grants() == by_aws


@every_story
def test_any_order_and_any_copies_end_in_the_same_rows(
    story, anew, is_long, record_property, request
):
    chance = random.Random(SEED)
    ends, right, lost, doubled = [], 0, 0, 0
    for number in range(100 if is_long else 4):
        anew()
        order, copies = chance.sample(story.bodies, len(story.bodies)), (1, 2, 5)[number % 3]
        hear(delivered(order, copies))
        ends.append(heard_state())
        lost += len(order) - Notice.objects.filter(state="applied", copies=copies).count()
        look_and_search()
        doubled += doubles()
        right += is_right(story)

    figures = f"{len(ends)} schedules, {lost} lost, {doubled} doubled, {right} right"
    record_property("figures", f"{request.node.callspec.id}: {figures}")
    assert (lost, doubled, right) == (0, 0, len(ends))
    assert ends.count(ends[0]) == len(ends)


@every_story
def test_what_is_never_delivered_is_seen_by_ourselves(
    story, anew, is_long, record_property, request
):
    subsets = [
        subset
        for size in range(len(story.bodies) + 1)
        for subset in combinations(story.bodies, size)
    ]
    if not is_long:
        subsets = [subsets[0], *random.Random(SEED).sample(subsets[1:], min(4, len(subsets) - 1))]
    wrong, doubled = [], 0
    for subset in subsets:
        anew()
        hear(subset)
        look_and_search()
        doubled += doubles()
        if not is_right(story):
            wrong.append(([read_notice(body).told.kind for body in subset], open_grants()))

    figures = f"{len(subsets)} ways to lose some, {len(wrong)} wrong, {doubled} doubled"
    record_property("figures", f"{request.node.callspec.id}: {figures}")
    assert (wrong, doubled) == ([], 0)
