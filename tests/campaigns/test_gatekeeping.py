"""Opening and closing: what staff decided is what redemption sees, or it is said that it is not."""

import pytest
from django.utils import timezone

from adapters import gates
from adapters.errors import Refused, TryLater
from backoffice.audit import SYSTEM, Act
from backoffice.models import AuditEvent
from campaigns import gatekeeping
from campaigns.gatekeeping import NotInForceYet
from campaigns.models import Batch, Campaign
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)


def state(campaign):
    return gates.read_gate(campaign.public_id).state


def away():
    return failing("dynamodb", "PutItem", "InternalServerError")


def test_a_new_campaign_is_in_force_when_it_is_saved(make_campaign):
    campaign = make_campaign(name="Autumn launch", tier="pro")

    gate = gates.read_gate(campaign.public_id)
    assert (gate.name, gate.tier, gate.state) == ("Autumn launch", "pro", "open")
    assert campaign.is_in_force


def test_a_change_is_in_force_when_it_is_saved(make_campaign):
    campaign = make_campaign()
    campaign.ends_at = timezone.now().replace(microsecond=0)

    gatekeeping.save_campaign(campaign, SYSTEM)

    assert gates.read_gate(campaign.public_id).ends_at == campaign.ends_at
    assert campaign.is_in_force


def test_a_pause_is_in_force_when_it_returns(make_campaign):
    campaign = make_campaign()

    gatekeeping.pause_campaign(campaign, SYSTEM)

    assert state(campaign) == "paused"
    assert campaign.is_in_force


def test_pausing_twice_is_fine(make_campaign):
    campaign = make_campaign()
    gatekeeping.pause_campaign(campaign, SYSTEM)

    gatekeeping.pause_campaign(campaign, SYSTEM)

    assert state(campaign) == "paused"


def test_a_resumed_campaign_is_open(make_campaign):
    campaign = make_campaign()
    gatekeeping.pause_campaign(campaign, SYSTEM)

    gatekeeping.resume_campaign(campaign, SYSTEM)

    assert state(campaign) == "open"


def test_who_saves_a_form_that_was_opened_before_a_pause_does_not_undo_the_pause(make_campaign):
    campaign = make_campaign()
    form = Campaign.objects.get(pk=campaign.pk)
    gatekeeping.pause_campaign(campaign, SYSTEM)
    form.name = "Another name"

    gatekeeping.save_campaign(form, SYSTEM)

    assert state(campaign) == "paused"
    assert Campaign.objects.get().state == Campaign.State.PAUSED
    assert Campaign.objects.get().name == "Another name"


def test_paused_and_revoked_batches_are_closed_and_the_others_are_not(make_campaign):
    campaign = make_campaign()
    batches = {
        state: Batch.objects.create(campaign=campaign, count=1, state=state)
        for state in Batch.State.values
    }

    gatekeeping.put_in_force(campaign)

    assert gates.read_gate(campaign.public_id).closed_batches == {
        batches["paused"].public_id: "paused",
        batches["revoked"].public_id: "revoked",
    }


def test_without_dynamodb_a_pause_is_kept_and_said_not_to_be_in_force(make_campaign):
    campaign = make_campaign()

    with away(), pytest.raises(NotInForceYet):
        gatekeeping.pause_campaign(campaign, SYSTEM)

    campaign = Campaign.objects.get()
    assert campaign.state == Campaign.State.PAUSED
    assert not campaign.is_in_force
    assert state(campaign) == "open"


def test_without_dynamodb_a_new_campaign_is_kept_and_said_not_to_be_in_force():
    campaign = Campaign(name="Autumn", slug="autumn", tier="starter")

    with away(), pytest.raises(NotInForceYet):
        gatekeeping.save_campaign(campaign, SYSTEM)

    assert not Campaign.objects.get().is_in_force


def test_the_sweep_puts_in_force_what_was_left(make_campaign):
    campaign = make_campaign()
    with away(), pytest.raises(NotInForceYet):
        gatekeeping.pause_campaign(campaign, SYSTEM)

    assert gatekeeping.write_due_gates() == 1

    assert state(campaign) == "paused"
    assert Campaign.objects.get().is_in_force


def test_the_sweep_has_nothing_to_do_for_what_is_in_force(make_campaign):
    make_campaign()

    with away():
        assert gatekeeping.write_due_gates() == 0


def test_the_sweep_stops_while_dynamodb_is_away(make_campaign):
    make_campaign()
    Campaign.objects.update(gate_generation=0)

    with away() as asked, pytest.raises(TryLater):
        gatekeeping.write_due_gates()

    assert asked
    assert not Campaign.objects.get().is_in_force


def test_a_gate_that_is_refused_holds_up_no_other(make_campaign, monkeypatch, caplog):
    for slug in ("first", "bad", "last"):
        make_campaign(slug=slug, name=slug)
    Campaign.objects.update(state=Campaign.State.PAUSED, generation=2)
    write = gates.write_gate

    def refuse_one(gate):
        if gate.name == "bad":
            raise Refused("dynamodb PutItem: ValidationException")
        write(gate)

    monkeypatch.setattr(gates, "write_gate", refuse_one)

    gatekeeping.write_due_gates()

    in_force = {campaign.slug for campaign in Campaign.objects.all() if campaign.is_in_force}
    assert in_force == {"first", "last"}
    assert "the gate of bad cannot be written" in caplog.text


def test_an_older_write_that_arrives_late_changes_nothing(make_campaign, monkeypatch):
    """One member of staff opens while another pauses; the network delivers them in reverse."""
    campaign = make_campaign()
    held = []
    write = gates.write_gate
    monkeypatch.setattr(gates, "write_gate", held.append)
    gatekeeping.pause_campaign(campaign, SYSTEM)
    gatekeeping.resume_campaign(campaign, SYSTEM)
    gatekeeping.pause_campaign(campaign, SYSTEM)

    for gate in reversed(held):
        write(gate)

    assert state(campaign) == "paused"


def test_an_older_write_does_not_say_that_the_newer_row_is_in_force(make_campaign, monkeypatch):
    campaign = make_campaign()
    Campaign.objects.update(generation=2)
    write = gates.write_gate

    def write_while_another_changes_the_row(gate):
        write(gate)
        Campaign.objects.update(state=Campaign.State.PAUSED, generation=gate.generation + 1)

    monkeypatch.setattr(gates, "write_gate", write_while_another_changes_the_row)

    gatekeeping.put_in_force(campaign)

    assert not Campaign.objects.get().is_in_force


def test_many_verbs_at_once_end_as_the_row_says(make_campaign, in_threads):
    campaign = make_campaign()
    verbs = [gatekeeping.pause_campaign, gatekeeping.resume_campaign]

    in_threads(6, lambda number: verbs[number % 2](Campaign.objects.get(), SYSTEM))

    row = Campaign.objects.get()
    assert row.is_in_force
    assert state(campaign) == row.state
    assert row.generation == 7


def test_every_verb_is_in_the_audit_trail_with_its_reason(make_campaign, staff):
    user = staff().user
    campaign = make_campaign()

    gatekeeping.pause_campaign(campaign, Act(user, "a leak"))
    gatekeeping.resume_campaign(campaign, Act(user))
    campaign.name = "Winter"
    gatekeeping.save_campaign(campaign, Act(user))

    events = list(AuditEvent.objects.order_by("id").values_list("action", "actor_name", "reason"))
    assert events == [
        ("create campaign", "gatehouse", ""),
        ("pause campaign", "staff", "a leak"),
        ("resume campaign", "staff", ""),
        ("change campaign", "staff", ""),
    ]


def test_the_audit_trail_says_what_was_before_and_what_is_after(make_campaign):
    campaign = make_campaign()
    campaign.tier = "pro"

    gatekeeping.save_campaign(campaign, SYSTEM)

    event = AuditEvent.objects.latest("id")
    assert (event.before["tier"], event.after["tier"]) == ("starter", "pro")


def test_a_pause_that_is_not_in_force_yet_is_in_the_audit_trail(make_campaign):
    campaign = make_campaign()

    with away(), pytest.raises(NotInForceYet):
        gatekeeping.pause_campaign(campaign, SYSTEM)

    assert AuditEvent.objects.filter(action="pause campaign").count() == 1
