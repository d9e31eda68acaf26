"""Campaigns: made and changed through the form, put in force before success is reported."""

import pytest
from django.urls import reverse

from adapters import gates
from adapters.errors import TryLater
from backoffice.models import AuditEvent, Job
from campaigns import gatekeeping
from campaigns.models import Batch, Campaign
from tests.backoffice.doors import do, do_to_many, list_url, page_url, verb_url

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {
    "name": "Winter sale",
    "slug": "winter-sale",
    "tier": "pro",
    "prefix": "WINTER",
    "code_kind": "single",
    "starts_at_0": "",
    "starts_at_1": "",
    "ends_at_0": "",
    "ends_at_1": "",
    "reason": "agreed with sales",
}


@pytest.fixture
def unreachable(monkeypatch):
    """DynamoDB does not answer when a gate is written."""

    def fail(gate):
        raise TryLater("dynamodb PutItem: unreachable")

    monkeypatch.setattr(gates, "write_gate", fail)


def gate_state(campaign: Campaign) -> str | None:
    gate = gates.read_gate(campaign.public_id)
    return gate.state if gate else None


def test_a_new_campaign_is_in_force_when_the_form_says_saved(staff):
    client = staff("marketing")

    answer = client.post(reverse("admin:campaigns_campaign_add"), FORM, follow=True)

    campaign = Campaign.objects.get()
    assert "was added successfully" in answer.content.decode()
    assert campaign.is_in_force
    assert gate_state(campaign) == "open"
    assert AuditEvent.objects.get().reason == "agreed with sales"


def test_a_change_is_in_force_and_in_the_trail_with_before_and_after(staff, make_campaign):
    campaign = make_campaign()
    client = staff("marketing")

    client.post(page_url(campaign), {**FORM, "name": "Autumn, longer"})

    campaign.refresh_from_db()
    event = AuditEvent.objects.get(action="change campaign")
    gate = gates.read_gate(campaign.public_id)
    assert gate
    assert (campaign.name, gate.name, gate.tier) == ("Autumn, longer", "Autumn, longer", "pro")
    assert (event.before["tier"], event.after["tier"]) == ("starter", "pro")


def test_a_change_needs_a_reason(staff, make_campaign):
    campaign = make_campaign()

    staff("marketing").post(page_url(campaign), {**FORM, "reason": ""})

    campaign.refresh_from_db()
    assert campaign.name == "Autumn launch"


def test_an_end_before_the_start_is_refused_beside_the_form(staff):
    dates = {"starts_at_0": "2027-02-01", "starts_at_1": "00:00"}
    dates |= {"ends_at_0": "2027-01-01", "ends_at_1": "00:00"}

    answer = staff("marketing").post(reverse("admin:campaigns_campaign_add"), {**FORM, **dates})

    assert "The end must be after the start." in answer.content.decode()
    assert not Campaign.objects.exists()


def test_without_dynamodb_the_row_is_saved_and_staff_are_told(staff, unreachable):
    answer = staff("marketing").post(reverse("admin:campaigns_campaign_add"), FORM, follow=True)

    page = answer.content.decode()
    assert "Saved, not yet in force; it is tried again automatically." in page
    assert "Open, not yet in force" in page
    assert not Campaign.objects.get().is_in_force


def test_the_gate_is_never_written_inside_a_transaction(staff, monkeypatch):
    from django.db import connection

    inside = []
    write = gates.write_gate
    monkeypatch.setattr(
        gates, "write_gate", lambda gate: (inside.append(connection.in_atomic_block), write(gate))
    )

    staff("marketing").post(reverse("admin:campaigns_campaign_add"), FORM)

    assert inside == [False]


def test_a_support_agent_reads_a_campaign_and_cannot_change_it(staff, make_campaign):
    campaign = make_campaign()
    client = staff("support")

    page = client.get(page_url(campaign))
    changed = client.post(page_url(campaign), FORM)

    assert (page.status_code, changed.status_code) == (200, 403)
    assert 'name="reason"' not in page.content.decode()


def test_pausing_closes_the_gate_and_resuming_opens_it(staff, make_campaign):
    campaign, client = make_campaign(), staff("marketing")

    paused = do(client, "pause", campaign)
    state_when_paused = gate_state(campaign)
    resumed = do_to_many(client, "resume", campaign)

    assert "1 campaign is paused." in paused
    assert state_when_paused == "paused"
    assert "1 campaign is open." in resumed
    assert gate_state(campaign) == "open"


def test_a_pause_that_redemption_does_not_see_yet_is_not_called_done(
    staff, make_campaign, unreachable_after
):
    campaign = make_campaign()
    unreachable_after()

    page = do(staff("marketing"), "pause", campaign)

    assert "Autumn launch: Saved, not yet in force; it is tried again automatically." in page
    assert "is paused." not in page


@pytest.fixture
def unreachable_after(monkeypatch):
    def cut():
        def fail(campaign):
            raise gatekeeping.NotInForceYet("dynamodb: unreachable")

        monkeypatch.setattr(gatekeeping, "put_in_force", fail)

    return cut


def test_generating_codes_leads_to_the_page_of_its_job(staff, make_campaign, run_tasks):
    campaign, client = make_campaign(), staff("marketing")
    form = {"confirmed": "yes", "reason": "trade fair", "count": 30, "max_uses": 2, "label": "Fair"}

    answer = client.post(verb_url(campaign, "generate"), form)
    run_tasks()

    batch = Batch.objects.get()
    assert (batch.count, batch.max_uses, batch.label) == (30, 2, "Fair")
    assert answer["Location"] == page_url(batch.job)
    page = client.get(answer["Location"]).content.decode()
    assert "100 %" in page
    assert "Download the codes" in page
    assert AuditEvent.objects.get(action="start generate-codes").reason == "trade fair"


def test_the_form_starts_from_what_the_campaign_says(staff, make_campaign):
    campaign = make_campaign(default_max_uses=5)

    page = staff("marketing").get(verb_url(campaign, "generate"))

    assert page.context["form"]["max_uses"].value() == 5


@pytest.mark.parametrize(("count", "uses"), [("0", "1"), ("1000001", "1"), ("10", "0"), ("", "1")])
def test_impossible_numbers_make_no_batch(staff, make_campaign, count, uses):
    form = {"confirmed": "yes", "reason": "x", "count": count, "max_uses": uses}

    answer = staff("marketing").post(verb_url(make_campaign(), "generate"), form)

    assert answer.status_code == 422
    assert not Batch.objects.exists()


def test_several_campaigns_lead_to_the_list_of_jobs(staff, make_campaign):
    first, second = make_campaign(), make_campaign(slug="second", name="Second")

    page = do_to_many(staff("marketing"), "generate", first, second, count=5, max_uses=1)

    assert "2 batches are being made." in page
    assert Job.objects.count() == 2
    assert "Generate codes for Second" in page


def test_the_list_shows_status_codes_and_redemptions(staff, make_campaign):
    campaign = make_campaign()
    Batch.objects.create(campaign=campaign, count=1200)
    Batch.objects.create(campaign=campaign, count=34)
    make_campaign(slug="paused", name="Paused one", state="paused")

    page = staff("marketing").get(list_url(campaign)).content.decode()

    assert "1,234" in page
    assert "Paused" in page


def test_a_batch_shows_its_job_and_offers_the_file_to_those_who_may(
    staff, make_campaign, run_tasks
):
    client = staff("marketing")
    do(client, "generate", make_campaign(), count=5, max_uses=1)
    run_tasks()
    batch = Batch.objects.get()
    download = reverse("admin:backoffice_job_result", args=(batch.job.pk, "x")).removesuffix("x/")

    for_marketing = client.get(page_url(batch)).content.decode()
    for_support = staff("support", username="other").get(page_url(batch)).content.decode()

    assert download in for_marketing
    assert "Done, 100 %" in for_marketing
    assert download not in for_support
