"""The pages of batches: how one stands, and every verb behind its doors."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from adapters import gates
from backoffice import jobs
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from campaigns.models import Batch
from tests.backoffice import rows
from tests.backoffice.doors import do, do_to_many, list_url, page_url, verb_url
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def make_row(make_campaign):
    """Return a batch row of a campaign that is in force; its codes do not matter here."""
    made = []

    def make(**fields):
        made.append(None)
        number = len(made)
        campaign = make_campaign(slug=f"autumn-{number}", name=f"Autumn {number}")
        return rows.a_batch(campaign, **{"state": "ready", **fields})

    return make


def closed(batch):
    return gates.read_gate(batch.campaign.public_id).closed_batches


@pytest.mark.parametrize(
    ("verb", "before", "after", "said"),
    [
        ("pause", "ready", "paused", "1 batch is paused."),
        ("resume", "paused", "ready", "1 batch is open."),
        ("revoke", "ready", "revoked", "1 batch is revoked."),
        ("reinstate", "revoked", "ready", "1 batch is back in force."),
    ],
)
def test_a_verb_is_done_in_force_and_in_the_trail(staff, make_row, verb, before, after, said):
    batch = make_row(state=before)

    page = do(staff("marketing"), verb, batch, reason="a leak")

    batch.refresh_from_db()
    assert said in page
    assert batch.state == after
    assert closed(batch) == ({} if after == "ready" else {batch.public_id: after})
    assert AuditEvent.objects.latest("id").reason == "a leak"


def test_several_batches_are_revoked_from_the_list(staff, make_row):
    first, second = make_row(), make_row()

    page = do_to_many(staff("marketing"), "revoke", first, second)

    assert "2 batches are revoked." in page
    assert set(closed(first)) | set(closed(second)) == {first.public_id, second.public_id}


def test_without_dynamodb_a_revoke_is_not_called_done(staff, make_row):
    batch, client = make_row(), staff("marketing")

    with failing("dynamodb", "PutItem", "InternalServerError"):
        page = do(client, "revoke", batch)

    assert "Saved, not yet in force; it is tried again automatically." in page
    assert "Revoked, not yet in force" in page
    assert "1 batch is revoked." not in page


def test_the_confirmation_says_that_one_write_does_it(staff, make_row):
    page = staff("marketing").get(verb_url(make_row(count=100_000), "revoke")).content.decode()

    assert "One write does it, for one code or a million: the next check knows." in page
    assert "100,000 codes of Autumn 1, Ready" in page


def test_an_end_is_read_in_the_zone_that_the_form_names(staff, make_row, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    batch, client = make_row(), staff("marketing")

    form = client.get(verb_url(batch, "expiry")).content.decode()
    do(client, "expiry", batch, expires_at="2031-01-15T12:00")

    batch.refresh_from_db()
    assert "Time zone: Europe/Berlin." in form
    assert batch.expires_at.isoformat() == "2031-01-15T11:00:00+00:00"
    ends = gates.read_gate(batch.campaign.public_id).batch_ends
    assert ends == {batch.public_id: batch.expires_at}


def test_an_end_that_is_over_is_refused_with_what_to_do(staff, make_row):
    page = do(staff("marketing"), "expiry", make_row(), expires_at="2020-01-15T12:00")

    assert "That moment is over. To stop codes now, pause or revoke the batch." in page


def test_the_form_starts_from_the_end_that_there_is(staff, make_row):
    batch = make_row(expires_at=timezone.now().replace(year=2031, month=5, day=4))

    page = staff("marketing").get(verb_url(batch, "expiry")).content.decode()

    assert 'value="2031-05-04T' in page
    assert 'type="datetime-local"' in page


def test_a_batch_is_renamed(staff, make_row):
    batch = make_row(label="Old")

    page = do(staff("marketing"), "rename", batch, label="Berlin 2027")

    assert "1 batch has a new label." in page
    assert "Berlin 2027" in page


def test_a_cancelled_batch_is_discarded_and_says_so(staff, make_row):
    batch, client = make_row(state="preparing", job=rows.a_job(done=40), seed="ab"), staff("admin")
    jobs.cancel(batch.job, SYSTEM)

    page = do(client, "discard", batch)

    assert "1 batch is discarded." in page
    assert "40 codes" in page
    assert "Given up" in client.get(page_url(Job.objects.get(pk=batch.job_id))).content.decode()


@pytest.mark.parametrize(
    ("state", "job_state", "offered"),
    [
        ("preparing", "running", {"expiry", "rename", "pause", "revoke"}),
        ("preparing", "cancelled", {"expiry", "rename", "pause", "revoke", "discard"}),
        ("ready", "done", {"expiry", "rename", "pause", "revoke"}),
        ("paused", "done", {"expiry", "rename", "resume", "revoke"}),
        ("revoked", "done", {"expiry", "rename", "reinstate"}),
        ("revoked", "abandoned", {"expiry", "rename"}),
    ],
)
def test_the_page_offers_what_makes_sense_now(staff, make_row, state, job_state, offered):
    batch = make_row(state=state, job=rows.a_job(state=job_state))

    page = staff("marketing").get(page_url(batch))

    assert {button["verb"].name for button in page.context["verb_buttons"]} == offered


def test_the_page_says_how_the_batch_stands(staff, make_row):
    ends = timezone.now() + timedelta(days=3)
    batch = make_row(count=1234, origin="imported", expires_at=ends, prefix="AUTUMN")
    rows.a_redemption(batch, 1)
    rows.a_redemption(batch, 2, released_at=timezone.now())

    page = staff("marketing").get(page_url(batch)).content.decode()

    assert "1,234 codes, 1 redeemed" in page
    assert "Imported" in page
    assert f"{ends:%Y-%m-%d}" in page
    assert f"{reverse('admin:campaigns_redemption_changelist')}?batch__id__exact={batch.pk}" in page


def test_the_link_to_its_redemptions_shows_those_of_the_batch_only(staff, make_row):
    batch, other = make_row(), make_row()
    rows.a_redemption(batch, 1)
    rows.a_redemption(other, 2)

    url = f"{reverse('admin:campaigns_redemption_changelist')}?batch__id__exact={batch.pk}"
    page = staff("marketing").get(url)

    assert [row.batch for row in page.context["cl"].result_list] == [batch]


def test_a_batch_in_the_making_shows_its_progress(staff, make_row):
    job = rows.a_job(state="running", total=1000, done=250)

    page = staff("marketing").get(page_url(make_row(state="preparing", job=job))).content.decode()

    assert 'value="25"' in page
    assert page_url(job) in page


def test_a_batch_of_a_paused_campaign_says_so(staff, make_row):
    batch = make_row()
    batch.campaign.state = "paused"
    batch.campaign.save()

    assert "its campaign: Paused" in staff("marketing").get(page_url(batch)).content.decode()


def test_the_list_finds_a_label(staff, make_row):
    make_row(label="Trade fair Berlin")
    make_row(label="Newsletter")

    page = staff("support").get(list_url(Batch()), {"q": "berlin"})

    assert [row.label for row in page.context["cl"].result_list] == ["Trade fair Berlin"]


def test_support_reads_a_batch_and_cannot_stop_it(staff, make_row):
    batch, client = make_row(), staff("support")

    page = client.get(page_url(batch))

    assert page.status_code == 200
    assert "/do/" not in page.content.decode()


@pytest.mark.parametrize(
    ("query", "words"),
    [("", "with “Generate codes”"), ("?q=berlin", "No row fits the search and the filters.")],
)
def test_an_empty_list_says_what_to_do_next(staff, query, words):
    page = staff("marketing").get(list_url(Batch()) + query).content.decode()

    assert words in page
    assert "Add batch" not in page


def test_the_job_of_a_batch_leads_to_the_batch_and_its_campaign(staff, make_campaign):
    batch = rows.a_batch(make_campaign(), job=rows.a_job(), state="ready")

    page = staff("marketing").get(page_url(batch.job)).content.decode()

    assert f'href="{page_url(batch)}"' in page
    assert f'href="{page_url(batch.campaign)}"' in page


def test_who_may_not_see_batches_is_not_led_to_one(staff, make_campaign):
    batch = rows.a_batch(make_campaign(), job=rows.a_job(), state="ready")

    page = staff("view_job").get(page_url(batch.job)).content.decode()

    assert page_url(batch) not in page
