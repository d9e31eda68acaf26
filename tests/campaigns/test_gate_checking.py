"""Gates beside the rows: each thing that is otherwise is named, and whether it lets in more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters import gates, inventories
from adapters.aws import client as aws
from adapters.definitions import name_of
from adapters.errors import Refused, TryLater
from backoffice.audit import SYSTEM
from campaigns import batches, gate_checking, gatekeeping
from campaigns.models import Batch, Campaign
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

MARCH = datetime(2027, 3, 1, tzinfo=UTC)
MAY = datetime(2027, 5, 1, tzinfo=UTC)
BETWEEN = datetime(2027, 4, 1, tzinfo=UTC)
TERMS = {
    "starts_at": MARCH,
    "ends_at": MAY,
    "cap": 100,
    "access_days": 30,
    "once_per_customer": True,
    "new_customers_only": True,
    "confirm_first": True,
    "allowed_domains": "ames.example\nlens.example",
    "refused_domains": "rival.example",
}


@pytest.fixture
def campaign(make_campaign):
    return make_campaign(**TERMS)


def tamper(campaign, **changes):
    """Somebody writes the gate by hand."""
    gates.write_gate(replace(gates.read_gate(campaign.public_id), **changes))


def lines():
    found, _following = gate_checking.compare_some(0)
    return [(line.words, line.lets_in_more) for each in found for line in each.lines]


def test_a_gate_as_it_was_written_agrees(campaign, make_campaign):
    later = datetime(2027, 3, 1, 8, 30, 15, 123456, tzinfo=UTC)
    make_campaign(slug="other", ends_at=later)
    for state in Batch.State.values:
        Batch.objects.create(campaign=campaign, count=1, state=state, expires_at=later)
    batches.change_expiry(Batch.objects.first(), SYSTEM, expires_at=None)

    assert lines() == []


@pytest.mark.parametrize(
    ("change", "says", "lets_in_more"),
    [
        ({"state": "paused"}, "state: paused in DynamoDB, open here", False),
        ({"starts_at": None}, "starts: none in DynamoDB, 2027-03-01T00:00:00Z here", True),
        ({"starts_at": BETWEEN}, "starts: 2027-04-01T00:00:00Z in DynamoDB", False),
        ({"ends_at": None}, "ends: none in DynamoDB, 2027-05-01T00:00:00Z here", True),
        ({"ends_at": MAY + timedelta(days=1)}, "ends: 2027-05-02T00:00:00Z in DynamoDB", True),
        ({"ends_at": BETWEEN}, "ends: 2027-04-01T00:00:00Z in DynamoDB", False),
        ({"cap": None}, "redemptions at most: none in DynamoDB, 100 here", True),
        ({"cap": 101}, "redemptions at most: 101 in DynamoDB, 100 here", True),
        ({"cap": 99}, "redemptions at most: 99 in DynamoDB, 100 here", False),
        ({"access_days": 31}, "days of access: 31 in DynamoDB, 30 here", True),
        ({"access_days": 1}, "days of access: 1 in DynamoDB, 30 here", False),
        ({"tier": "pro"}, "tier granted: pro in DynamoDB, starter here", True),
        ({"tier": "gold"}, "tier granted: gold in DynamoDB, starter here", True),
        ({"tier": "free"}, "tier granted: free in DynamoDB, starter here", False),
        ({"once_per_customer": False}, "once per customer: no in DynamoDB, yes here", True),
        ({"new_customers_only": False}, "new customers only: no in DynamoDB, yes here", True),
        ({"confirm_first": False}, "confirm the address first: no in DynamoDB, yes here", True),
        ({"name": "Spring"}, "name: Spring in DynamoDB, Autumn launch here", False),
        (
            {"allowed_domains": ()},
            "only for e-mail domains: none in DynamoDB, ames.example, lens.example here",
            True,
        ),
        (
            {"allowed_domains": ("ames.example", "x.example")},
            "only for e-mail domains: ames.example, x.example in DynamoDB",
            True,
        ),
        ({"allowed_domains": ("ames.example",)}, "only for e-mail domains: ames.example in", False),
        ({"refused_domains": ()}, "not for e-mail domains: none in DynamoDB, rival.example", True),
        (
            {"refused_domains": ("rival.example", "x.example")},
            "not for e-mail domains: rival.example, x.example in DynamoDB, rival.example here",
            False,
        ),
        ({"generation": 9}, "it is newer than the row", True),
        ({"closed_batches": {"unknown": "paused"}}, "batch unknown: paused in DynamoDB", False),
    ],
    ids=str,
)
def test_each_term_that_is_otherwise_is_named(campaign, change, says, lets_in_more):
    tamper(campaign, **change)

    [(words, more)] = lines()

    assert says in words
    assert more is lets_in_more


@pytest.mark.parametrize(
    ("there", "here", "lets_in_more"),
    [("open", "paused", True), ("open", "archived", True), ("archived", "paused", False)],
)
def test_a_campaign_that_is_closed_and_open_there_lets_in_more(campaign, there, here, lets_in_more):
    Campaign.objects.update(state=here)
    tamper(campaign, state=there)

    assert lines() == [(f"state: {there} in DynamoDB, {here} here", lets_in_more)]


def test_where_there_was_no_limit_less_is_no_danger(make_campaign):
    campaign = make_campaign()
    tamper(campaign, cap=5, ends_at=MAY, starts_at=MARCH, access_days=3, confirm_first=True)

    assert {more for _words, more in lines()} == {False}
    assert len(lines()) == 5


def test_a_batch_that_is_closed_here_and_open_there_lets_in_more(campaign):
    batch = Batch.objects.create(campaign=campaign, count=1, label="Fair")
    batches.revoke_batch(batch, SYSTEM)
    tamper(campaign, closed_batches={})

    assert lines() == [("batch Fair: open in DynamoDB, revoked here", True)]


def test_a_batch_whose_end_is_forgotten_ends_as_its_codes_say(campaign):
    values = {"expires_at": MAY, "written_expires_at": MAY}
    batch = Batch.objects.create(campaign=campaign, count=1, label="Fair", **values)
    batches.change_expiry(batch, SYSTEM, expires_at=BETWEEN)
    tamper(campaign, batch_ends={})

    assert lines() == [
        (
            "batch Fair, end of its codes: 2027-05-01T00:00:00Z in DynamoDB,"
            " 2027-04-01T00:00:00Z here",
            True,
        )
    ]


def test_what_lets_in_more_comes_first(campaign):
    tamper(campaign, state="paused", name="Spring", confirm_first=False)

    assert [more for _words, more in lines()] == [True, False, False]


def test_a_gate_that_is_missing_refuses_everybody(campaign):
    aws("dynamodb").delete_item(
        TableName=name_of("promo-codes"), Key={"code": {"S": f"gate#{campaign.public_id}"}}
    )

    assert lines() == [("it is missing: every code of the campaign is refused", False)]


@pytest.mark.parametrize("field", ["tier", "closed_batches", "generation"])
def test_a_gate_that_cannot_be_read_is_named_and_written_again(campaign, field):
    aws("dynamodb").update_item(
        TableName=name_of("promo-codes"),
        Key={"code": {"S": f"gate#{campaign.public_id}"}},
        UpdateExpression="REMOVE #field",
        ExpressionAttributeNames={"#field": field},
    )
    assert "cannot be read" in lines()[0][0]

    gate_checking.write_again(campaign.public_id)

    assert lines() == []


def test_a_campaign_that_is_changed_meanwhile_is_left_out(campaign, monkeypatch):
    tamper(campaign, cap=None)
    read = gates.read_gates

    def read_while_staff_save(campaigns):
        found = read(campaigns)
        gatekeeping.pause_campaign(Campaign.objects.get(), SYSTEM)
        return found

    monkeypatch.setattr(gates, "read_gates", read_while_staff_save)

    assert lines() == []


def test_a_campaign_that_waits_for_its_gate_is_left_to_the_sweep(campaign):
    tamper(campaign, cap=None)
    Campaign.objects.update(generation=2)

    assert lines() == []


def test_campaigns_are_compared_in_pages(make_campaign, monkeypatch):
    monkeypatch.setattr(gate_checking, "AT_ONCE", 2)
    made = [make_campaign(slug=f"c{n}") for n in range(5)]
    for each in made:
        tamper(each, cap=3)

    found, after, pages = [], 0, 0
    while after or not pages:
        some, after = gate_checking.compare_some(after)
        found += [each.campaign for each in some]
        pages += 1

    assert found == [each.public_id for each in made]
    assert pages == 3


class TestWritingAgain:
    def test_the_gate_is_as_the_row_says(self, campaign):
        before = gates.read_gate(campaign.public_id)
        tamper(campaign, cap=None, state="paused", tier="pro")

        gate_checking.write_again(campaign.public_id)

        assert gates.read_gate(campaign.public_id) == before

    def test_a_newer_gate_gives_way_and_what_comes_then_arrives(self, campaign):
        """The rows came back from a backup: without this, a pause would be reported in vain."""
        tamper(campaign, cap=None, generation=10**15)

        gate_checking.write_again(campaign.public_id)
        gatekeeping.pause_campaign(campaign, SYSTEM)

        assert gates.read_gate(campaign.public_id).state == "paused"
        assert lines() == []

    def test_who_saves_meanwhile_has_the_last_word(self, campaign, monkeypatch):
        tamper(campaign, cap=None, generation=50)
        replace_gate = gates.replace_gate

        def replace_after_a_pause(gate, *, instead_of):
            gatekeeping.pause_campaign(Campaign.objects.get(), SYSTEM)
            replace_gate(gate, instead_of=instead_of)

        monkeypatch.setattr(gates, "replace_gate", replace_after_a_pause)

        gate_checking.write_again(campaign.public_id)

        assert gates.read_gate(campaign.public_id).state == "paused"

    def test_while_dynamodb_is_away_it_is_to_be_tried_later(self, campaign):
        with failing("dynamodb", "BatchGetItem", "InternalServerError"), pytest.raises(TryLater):
            gate_checking.write_again(campaign.public_id)

    def test_what_dynamodb_refuses_is_not_tried_for_ever(self, campaign, monkeypatch):
        def refuse(gate):
            raise Refused("dynamodb PutItem: ValidationException")

        monkeypatch.setattr(gates, "write_gate", refuse)

        with pytest.raises(Refused):
            gate_checking.write_again(campaign.public_id)


class TestGatesOfNobody:
    def lost(self, **fields):
        values = {"campaign": "00deadbeef00", "name": "Gone", "tier": "pro", "state": "open"}
        gates.write_gate(gates.Gate(generation=4, **{**values, **fields}))

    def found(self):
        found, _following = gate_checking.gates_of_nobody("")
        return [(each.campaign, each.lets_in_too_much) for each in found]

    def test_one_that_is_open_is_the_dangerous_one(self, campaign):
        self.lost()
        self.lost(campaign="00deadbeef01", state="paused")

        assert sorted(self.found()) == [("00deadbeef00", True), ("00deadbeef01", False)]

    def test_closed_it_is_found_no_more_and_keeps_its_terms(self):
        self.lost(cap=5)

        gate_checking.close_lost_gate("00deadbeef00")

        gate = gates.read_gate("00deadbeef00")
        assert (gate.state, gate.cap, gate.generation) == ("archived", 5, 4)
        assert self.found() == []

    def test_the_gate_of_a_campaign_that_came_back_is_as_the_campaign_stands(self, campaign):
        tamper(campaign, cap=None)

        gate_checking.close_lost_gate(campaign.public_id)

        assert gates.read_gate(campaign.public_id).state == "open"
        assert lines() == []

    def test_closing_what_is_not_there_makes_nothing(self):
        gate_checking.close_lost_gate("00deadbeef00")

        assert gates.read_gate("00deadbeef00") is None

    def test_all_pages_are_read(self, campaign, monkeypatch):
        monkeypatch.setattr(inventories, "GATES", 2)
        for n in range(5):
            self.lost(campaign=f"00deadbeef0{n}")

        found, token, pages = [], "", 0
        while token or not pages:
            some, token = gate_checking.gates_of_nobody(token)
            found += [each.campaign for each in some]
            pages += 1

        assert len(found) == len(set(found)) == 5
