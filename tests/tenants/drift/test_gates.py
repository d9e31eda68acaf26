"""Gates of campaigns: the report names them, the dangerous as such, and a worker mends them."""

from dataclasses import replace

import pytest
from django.utils import timezone

from adapters import gates
from adapters.errors import Refused, TryLater
from adapters.gates import Gate
from backoffice.audit import SYSTEM
from backoffice.models import Job
from backoffice.verbs import VerbRefused
from campaigns import gate_checking, gatekeeping, redemptions
from campaigns.errors import CodePaused, CodeRevoked
from campaigns.models import Campaign
from tenants.drift import checking, findings, repairing
from tenants.models import Difference
from tests.backoffice.doors import list_url, page_url
from tests.codes import put_code

pytestmark = pytest.mark.django_db(transaction=True)

Kind = Difference.Kind
LOST = "00deadbeef00"


@pytest.fixture
def campaign(make_campaign):
    return make_campaign(cap=10)


def tamper(campaign, **changes):
    """Somebody writes the gate by hand."""
    gates.write_gate(replace(gates.read_gate(campaign.public_id), **changes))


def lose_a_campaign(**fields):
    values = {"campaign": LOST, "name": "Gone", "tier": "pro", "state": "open", "generation": 1}
    gates.write_gate(Gate(**{**values, **fields}))


def refusal_of(code):
    return type(redemptions.check_code(code, now=timezone.now()).refusal)


def test_a_campaign_whose_gate_agrees_is_not_named(campaign, look):
    gatekeeping.pause_campaign(campaign, SYSTEM)

    assert look() == {}


def test_a_gate_that_is_more_open_is_named_as_the_dangerous_one(campaign, look):
    gatekeeping.pause_campaign(campaign, SYSTEM)
    tamper(campaign, state="open", name="Spring")

    [(kind, row)] = look().items()

    assert kind == Kind.OPEN_GATE
    assert (row.thing, row.name) == (campaign.public_id, "Autumn launch")
    assert row.what.split("\n") == [
        "More open than the campaign: codes are redeemed that should be refused",
        "state: open in DynamoDB, paused here",
        "name: Spring in DynamoDB, Autumn launch here",
    ]


def test_one_that_lets_in_less_is_another_kind(campaign, look):
    tamper(campaign, cap=1)

    row = look()[Kind.GATE]

    assert row.what == "redemptions at most: 1 in DynamoDB, 10 here"


def test_a_repaired_gate_refuses_what_staff_refuse(campaign, look, run_tasks):
    code = put_code(campaign)
    gatekeeping.pause_campaign(campaign, SYSTEM)
    tamper(campaign, state="open", generation=77)
    assert redemptions.check_code(code, now=timezone.now()).refusal is None

    repairing.repair(look()[Kind.OPEN_GATE], SYSTEM)
    run_tasks()

    assert refusal_of(code) is CodePaused
    assert not Difference.objects.exists()
    assert look() == {}


def test_the_open_gate_of_no_campaign_is_closed(look, run_tasks, make_campaign):
    campaign = make_campaign()
    code = put_code(campaign)
    lose_a_campaign()
    Campaign.objects.filter(pk=campaign.pk).update(public_id="0123456789ab")
    gatekeeping.put_in_force(Campaign.objects.get())

    row = Difference.objects.get(pk=look()[Kind.LOST_GATE].pk)
    assert Difference.objects.filter(kind=Kind.LOST_GATE).count() == 2
    for each in Difference.objects.all():
        repairing.repair(each, SYSTEM)
    run_tasks()

    assert "codes of a campaign that we do not have" in row.what
    assert refusal_of(code) is CodeRevoked
    assert gates.read_gate(LOST).state == "archived"
    assert look() == {}


def test_a_campaign_that_came_back_is_not_closed(campaign, look, run_tasks):
    lose_a_campaign()
    row = look()[Kind.LOST_GATE]
    repairing.repair(row, SYSTEM)
    Campaign.objects.update(public_id=LOST)

    run_tasks()

    assert gates.read_gate(LOST).state == "open"
    assert gates.read_gate(LOST).name == "Autumn launch"


def test_all_are_repaired_together(campaign, look, run_tasks):
    tamper(campaign, cap=None)
    lose_a_campaign()
    look()

    job = repairing.repair_all(SYSTEM)
    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.DONE, 2)
    assert gates.read_gate(campaign.public_id).cap == 10
    assert gates.read_gate(LOST).state == "archived"


@pytest.mark.parametrize("change", [{"cap": None}, {"cap": 1}], ids=["more", "less"])
def test_what_is_ours_cannot_be_kept(campaign, look, change):
    tamper(campaign, **change)
    [row] = look().values()

    with pytest.raises(VerbRefused):
        repairing.keep(row, SYSTEM)


@pytest.mark.parametrize(("error", "goes_on"), [(TryLater, True), (Refused, False)])
def test_trouble_is_told_and_only_what_may_pass_is_tried_again(
    campaign, look, run_tasks, monkeypatch, error, goes_on
):
    tamper(campaign, cap=None)
    row = look()[Kind.OPEN_GATE]

    def fail(gate):
        raise error("dynamodb PutItem: no")

    monkeypatch.setattr(gates, "write_gate", fail)
    repairing.repair(row, SYSTEM)
    run_tasks()

    row.refresh_from_db()
    assert row.trouble == "dynamodb PutItem: no"
    assert bool(row.removal_asked_at) is goes_on


def test_pages_are_read_to_the_last(make_campaign, look, monkeypatch):
    monkeypatch.setattr(gate_checking, "AT_ONCE", 2)
    monkeypatch.setattr(checking, "PAGES_AT_ONCE", 2)
    for n in range(7):
        tamper(make_campaign(slug=f"c{n}"), cap=3)

    look()

    assert Difference.objects.filter(kind=Kind.GATE).count() == 7


class TestForStaff:
    @pytest.fixture
    def too_open(self, campaign, look):
        gatekeeping.pause_campaign(campaign, SYSTEM)
        tamper(campaign, state="open")
        return look()[Kind.OPEN_GATE]

    def test_the_list_and_the_dashboard_warn(self, too_open, staff):
        client = staff("operations")

        assert "Gate that lets in too much" in client.get(list_url(Difference)).content.decode()
        dashboard = client.get("/admin/").content.decode()
        assert "gate lets in too much" in dashboard
        assert "state=open&amp;kind__exact=open-gate" in dashboard
        filtered = client.get(list_url(Difference) + "?state=open&kind__exact=open-gate")
        assert page_url(too_open) in filtered.content.decode()

    def test_the_page_leads_to_the_campaign(self, too_open, staff, campaign):
        page = staff("operations").get(page_url(too_open)).content.decode()

        assert page_url(campaign) in page
        assert "Keep" not in page

    def test_once_it_is_mended_the_dashboard_is_calm(self, too_open, staff, run_tasks):
        repairing.repair(too_open, SYSTEM)
        run_tasks()

        assert "gate lets in too much" not in staff("operations").get("/admin/").content.decode()
        assert not findings.gates_too_open().exists()
