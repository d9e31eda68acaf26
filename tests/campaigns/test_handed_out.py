"""A batch that a function makes says how far it is, and "ready" when it is."""

import io
import json

import pytest
from django.core.management import call_command

from backoffice.audit import SYSTEM
from campaigns import batches, drawing, handed_out
from campaigns.handed_out import look_at_batches
from campaigns.models import Batch
from functions import generate_codes
from tenants import sweep
from tests.backoffice import rows
from tests.backoffice.doors import page_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def event(make_campaign, monkeypatch):
    """Hand 25 codes out, in chunks of 10."""
    monkeypatch.setattr(drawing, "CHUNK", 10)
    make_campaign()
    out = io.StringIO()
    call_command("hand_out_batch", "autumn-launch", "--count", "25", stdout=out)
    return json.loads(out.getvalue())


def make(event, chunks):
    """Invoke the function with time for so many chunks."""

    class Context:
        left = chunks

        def get_remaining_time_in_millis(self):
            self.left -= 1
            return 900_000 if self.left >= 0 else 1000

    return generate_codes.handler(event, Context())


def state():
    batch = Batch.objects.get()
    return batch.state, batch.made


def test_before_a_function_begins_nothing_is_made(event):
    sweep.run_due()

    assert state() == ("preparing", 0)


def test_half_way_it_says_how_many_are_made(event):
    make(event, chunks=2)

    sweep.run_due()

    assert state() == ("preparing", 20)


def test_all_codes_without_their_list_are_not_ready(event):
    make(event, chunks=3)

    look_at_batches()

    assert state() == ("preparing", 25)


def test_complete_it_is_ready_and_not_looked_at_any_more(event):
    assert make(event, chunks=10)["complete"] is True

    assert look_at_batches() == 1

    assert state() == ("ready", 25)
    assert look_at_batches() == 0


def test_one_that_staff_stopped_stays_stopped_and_goes_on_truly(event):
    batch = Batch.objects.get()
    make(event, chunks=1)
    batches.pause_batch(batch, SYSTEM)
    make(event, chunks=10)
    look_at_batches()
    assert state() == ("paused", 0)

    batches.resume_batch(batch, SYSTEM)
    assert state() == ("preparing", 0)
    look_at_batches()
    assert state() == ("ready", 25)

    batches.pause_batch(batch, SYSTEM)
    batches.resume_batch(batch, SYSTEM)
    assert state() == ("ready", 25)


def test_the_newest_are_looked_at_however_many_were_never_begun(event, monkeypatch):
    monkeypatch.setattr(handed_out, "MOST_LOOKS", 2)
    campaign = Batch.objects.get().campaign
    for _ in range(3):
        rows.a_batch(campaign, origin=Batch.Origin.FUNCTION, state=Batch.State.PREPARING)
    newest = rows.a_batch(campaign, origin=Batch.Origin.FUNCTION, count=25)
    make({**event, "batch": newest.public_id}, chunks=10)

    look_at_batches()

    newest.refresh_from_db()
    assert newest.state == Batch.State.READY


def test_its_page_says_how_far_it_is(event, staff):
    make(event, chunks=2)
    look_at_batches()
    client = staff("marketing")

    page = client.get(page_url(Batch.objects.get())).content.decode()
    assert "Being made" in page
    assert "A function has made 20 of 25" in page

    make(event, chunks=10)
    look_at_batches()
    assert "A function has made" not in client.get(page_url(Batch.objects.get())).content.decode()
