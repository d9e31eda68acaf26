"""Access is one pure function of grants, holds and dates."""

from datetime import UTC, datetime, timedelta

import pytest

from tenants.access import access_of, permission_of
from tenants.models import Grant, Member, Tenant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def make_grant(pk: int = 1, **fields) -> Grant:
    values = {"source": "promo", "tier": "starter", "starts_at": NOW - timedelta(days=1)}
    return Grant(**{**values, "pk": pk, **fields})


def test_a_current_grant_opens_its_tier_and_names_who_pays():
    access = access_of(Tenant(), [make_grant(pk=7)], NOW)

    assert (access.allowed, access.tier, access.billing_source) == (True, "starter", "grant:7")


def test_without_a_grant_nothing_is_allowed():
    access = access_of(Tenant(), [], NOW)

    assert (access.allowed, access.reason) == (False, "no_grant")


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"starts_at": NOW}, True),
        ({"starts_at": NOW + timedelta(seconds=1)}, False),
        ({"ends_at": NOW}, False),
        ({"ends_at": NOW + timedelta(seconds=1)}, True),
        ({"ended_at": NOW - timedelta(hours=1)}, False),
    ],
    ids=["starts now", "starts in a second", "ends now", "ends in a second", "ended by staff"],
)
def test_a_grant_covers_its_time_and_not_its_last_moment(fields, allowed):
    assert access_of(Tenant(), [make_grant(**fields)], NOW).allowed is allowed


def test_the_highest_of_two_promotions_counts():
    grants = [make_grant(pk=1, tier="pro"), make_grant(pk=2, tier="free")]

    assert access_of(Tenant(), grants, NOW).tier == "pro"


def test_the_word_of_staff_beats_a_higher_promotion():
    grants = [make_grant(pk=1, tier="enterprise"), make_grant(pk=2, tier="free", source="staff")]

    access = access_of(Tenant(), grants, NOW)

    assert (access.tier, access.billing_source) == ("free", "grant:2")


def subscribed(pk: int, tier: str = "starter", agreement: str = "agmt-1") -> Grant:
    return make_grant(pk=pk, source="marketplace", tier=tier, agreement=agreement)


@pytest.mark.parametrize(
    ("others", "tier", "payer"),
    [
        ([], "starter", "agreement:agmt-1"),
        ([make_grant(pk=2)], "starter", "agreement:agmt-1"),
        ([make_grant(pk=2, tier="pro")], "pro", "grant:2"),
        ([make_grant(pk=2, tier="free")], "starter", "agreement:agmt-1"),
        ([make_grant(pk=2, tier="pro", source="staff")], "pro", "agreement:agmt-1"),
        ([subscribed(pk=2, tier="pro", agreement="agmt-2")], "pro", "agreement:agmt-2"),
    ],
    ids=[
        "alone",
        "an equal promotion",
        "a higher one",
        "a lower one",
        "staff",
        "another agreement",
    ],
)
def test_beside_an_agreement_it_is_clear_which_tier_counts_and_who_pays(others, tier, payer):
    access = access_of(Tenant(), [subscribed(pk=1), *others], NOW)

    assert (access.tier, access.billing_source) == (tier, payer)


def test_an_agreement_that_has_ended_pays_for_nothing_under_a_tier_of_staff():
    ended = subscribed(pk=1)
    ended.ended_at = NOW - timedelta(hours=1)

    access = access_of(Tenant(), [ended, make_grant(pk=2, source="staff")], NOW)

    assert access.billing_source == "grant:2"


def test_a_hold_overrides_every_grant_and_keeps_the_tier():
    access = access_of(Tenant(suspended_at=NOW), [make_grant()], NOW)

    assert (access.allowed, access.reason, access.tier) == (False, "suspended", "starter")


def test_a_closed_tenant_stays_closed():
    access = access_of(Tenant(state="closed"), [make_grant()], NOW)

    assert (access.allowed, access.reason) == (False, "closed")


def test_the_next_moment_at_which_the_clock_changes_the_answer_is_known():
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(days=9)
    grants = [make_grant(pk=1, ends_at=later), make_grant(pk=2, starts_at=soon)]

    assert access_of(Tenant(), grants, NOW).changes_at == soon


@pytest.mark.parametrize(
    ("role", "permissions"),
    [
        ("owner", ("me", "solve")),
        ("developer", ("me", "solve")),
        ("billing", ("me",)),
        ("read-only", ("me",)),
    ],
)
def test_a_role_says_who_may_use_what_the_tier_allows(role, permissions):
    access = access_of(Tenant(), [make_grant()], NOW)

    item = permission_of(Member(role=role, user_id="u", tenant_id="t"), access)

    assert item.permissions == permissions
