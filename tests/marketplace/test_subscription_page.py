"""What a customer's people read of their subscription."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.models import Agreement, Entitlement
from tests.buyers import CONTRACT

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/account/subscription/"


@pytest.fixture
def subscribed(as_member, buy, confirm):
    """Return a signed-in person and the agreement of their account, with these facts."""

    def make(role="owner", product=CONTRACT, **facts):
        client = as_member(role)
        row = confirm(buy(product), tier="pro", **facts)
        Agreement.objects.filter(pk=row.pk).update(tenant=client.member.tenant)
        return client, Agreement.objects.get(pk=row.pk)

    return make


def text(client):
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("role", ["owner", "developer", "billing", "read-only"])
def test_everybody_of_the_account_sees_start_end_level_and_usage(subscribed, role):
    client, row = subscribed(role)
    Entitlement.objects.create(agreement=row, dimension="pro", value="12")

    page = text(client)

    assert "Gatehouse solver, by contract" in page
    assert "<dd>Pro</dd>" in page
    assert f"{row.starts_at:%Y-%m-%d %H:%M} UTC" in page
    assert f"{row.ends_at:%Y-%m-%d %H:%M} UTC" in page
    assert "pro: 12" in page
    assert "See usage by day and hour" in page
    assert "console.aws.amazon.com/marketplace" in page
    assert row.account_id not in page


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": "pending"}, "usually within minutes"),
        ({"auto_renews": True}, "It renews by itself"),
        ({"auto_renews": False}, "It ends then"),
        ({"auto_renews": None}, "Whether it renews at its end is shown at AWS"),
        ({"ends_at": None}, "It goes on until you cancel it"),
        ({"state": "ended", "ended_as": "CANCELLED"}, "Subscribe again at AWS"),
        ({"state": "ended", "ended_as": "RENEWED"}, "Calls go on meanwhile"),
        ({"state": "ended", "ended_as": "A_NEW_WORD"}, "Subscribe again at AWS"),
    ],
)
def test_what_happens_next_is_said(subscribed, facts, words):
    client, _ = subscribed(**facts)

    assert words in text(client)


def test_the_end_of_a_free_trial_is_said(subscribed):
    end = timezone.now() + timedelta(days=14)
    client, _ = subscribed(trial_ends_at=end)

    assert f"{end:%Y-%m-%d %H:%M} UTC" in text(client)


def test_another_accounts_subscription_is_not_there(subscribed, make_tenant, as_member):
    _, row = subscribed()
    stranger = as_member(tenant=make_tenant("mallory@example.com", company="Elsewhere"))

    page = text(stranger)

    assert "No subscription from AWS Marketplace" in page
    assert str(row) not in page


def test_who_is_not_signed_in_comes_to_the_sign_in(client, db):
    assert client.get(PAGE)["Location"] == "/account/login/?next=%2Faccount%2Fsubscription%2F"


def test_the_page_costs_few_queries(subscribed, django_assert_max_num_queries):
    client, _ = subscribed()
    text(client)

    with django_assert_max_num_queries(11):
        text(client)
