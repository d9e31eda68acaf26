"""Stopping a batch: one write, effective at the next check, and nothing spent comes back."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from adapters import gates, promo_codes
from backoffice import jobs
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from backoffice.verbs import VerbRefused
from campaigns import batches, gatekeeping, generation, redemptions, rules
from campaigns.eligibility import Customer
from campaigns.errors import CodeExpired, CodePaused, CodeRevoked
from campaigns.gatekeeping import NotInForceYet
from campaigns.models import Batch
from tests.campaigns.batch_of_codes import (
    asked_of_dynamodb,
    codes_of,
    do_chunks,
    make_batch,
    start_batch,
)
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

ALICE = Customer("alice@example.com")


def redeem(code, by="alice"):
    return redemptions.redeem_code(code, redeemed_by=by, customer=ALICE, now=timezone.now())


def refusal(code):
    """Return what the live check says of a code."""
    return type(redemptions.check_code(code, now=timezone.now()).refusal)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def batch(make_campaign):
    return make_batch(make_campaign())


# Of 100,000 codes: tests/journeys/test_killed_generation.py.
def test_revoking_a_batch_of_any_size_is_one_write_and_effective_at_once(
    make_campaign, monkeypatch
):
    batch = make_batch(make_campaign(), count=1000)
    codes = codes_of(batch)
    redeem(codes[0])

    with asked_of_dynamodb() as asked:
        batches.revoke_batch(batch, SYSTEM)

    assert asked == ["PutItem"]
    for code in (codes[1], codes[-1]):
        assert refusal(code) is CodeRevoked
        with pytest.raises(CodeRevoked):
            redeem(code, by="bob")


def test_who_redeemed_before_the_revoke_keeps_the_redemption(batch):
    code = codes_of(batch)[0]
    first = redeem(code)

    batches.revoke_batch(batch, SYSTEM)

    assert redeem(code) == first


def test_another_batch_of_the_campaign_stays_open(batch):
    other = make_batch(batch.campaign)

    batches.revoke_batch(batch, SYSTEM)

    assert redeem(codes_of(other)[0])


def test_a_batch_that_is_put_back_in_force_works_again_and_its_spent_codes_stay_spent(batch):
    spent, good, _ = codes_of(batch)
    redeem(spent)
    batches.revoke_batch(batch, SYSTEM)

    batches.reinstate_batch(batch, SYSTEM)

    assert fresh(batch).state == Batch.State.READY
    assert redeem(good, by="bob")
    assert refusal(spent).code == "used_up"


def test_pausing_and_resuming(batch):
    code = codes_of(batch)[0]

    batches.pause_batch(batch, SYSTEM)
    when_paused = refusal(code)
    batches.resume_batch(batch, SYSTEM)

    assert when_paused is CodePaused
    assert redeem(code)


def test_a_chunk_delivered_again_after_a_revoke_makes_no_spent_code_live(make_campaign):
    batch = start_batch(make_campaign(), count=5)
    do_chunks(batch)
    code = next(rules.draw_codes("AUTUMN", bytes.fromhex(batch.seed), 0))
    redeem(code)
    batches.revoke_batch(batch, SYSTEM)
    batches.reinstate_batch(batch, SYSTEM)
    before = promo_codes.read_item(code, consistent=True)
    Job.objects.update(next_chunk=0, done=0)

    do_chunks(batch)

    assert promo_codes.read_item(code, consistent=True) == before
    assert refusal(code).code == "used_up"


@pytest.mark.parametrize("state", ["revoked", "paused"])
def test_an_older_gate_that_arrives_late_opens_nothing(batch, monkeypatch, state):
    held = []
    write = gates.write_gate
    with monkeypatch.context() as patch:
        patch.setattr(gates, "write_gate", held.append)
        batch.campaign.refresh_from_db()
        gatekeeping.save_campaign(batch.campaign, SYSTEM)
    stop = {"revoked": batches.revoke_batch, "paused": batches.pause_batch}[state]
    stop(batch, SYSTEM)

    for gate in held:
        write(gate)

    assert refusal(codes_of(batch)[0]) in (CodeRevoked, CodePaused)


class TestExpiry:
    def test_codes_end_when_staff_say_whatever_was_written_on_them(self, make_campaign):
        soon = timezone.now().replace(microsecond=0) + timedelta(hours=1)
        batch = make_batch(make_campaign(), expires_at=soon)
        code = codes_of(batch)[0]
        later = soon + timedelta(days=30)

        with asked_of_dynamodb() as asked:
            batches.change_expiry(batch, SYSTEM, expires_at=later)

        assert asked == ["PutItem"]
        answer = redemptions.check_code(code, now=soon + timedelta(days=29))
        assert (answer.refusal, answer.until) == (None, later)
        assert type(redemptions.check_code(code, now=later).refusal) is CodeExpired

    def test_without_an_end_they_end_with_the_campaign(self, make_campaign):
        soon = timezone.now().replace(microsecond=0) + timedelta(hours=1)
        batch = make_batch(make_campaign(), expires_at=soon)

        batches.change_expiry(batch, SYSTEM, expires_at=None)

        answer = redemptions.check_code(codes_of(batch)[0], now=soon + timedelta(days=999))
        assert (answer.refusal, answer.until) == (None, None)

    def test_codes_that_are_made_after_the_change_follow_it_too(self, make_campaign):
        batch = start_batch(make_campaign(), expires_at=timezone.now() + timedelta(days=9))
        soon = timezone.now() + timedelta(days=1)
        batches.change_expiry(batch, SYSTEM, expires_at=soon)

        do_chunks(batch, 2)

        answer = redemptions.check_code(codes_of(batch)[0], now=soon + timedelta(hours=1))
        assert type(answer.refusal) is CodeExpired

    def test_a_moment_that_is_over_is_refused(self, batch):
        with pytest.raises(VerbRefused, match="pause or revoke"):
            batches.change_expiry(batch, SYSTEM, expires_at=timezone.now())

        assert fresh(batch).expires_at is None


class TestWhileItIsMade:
    def test_a_paused_batch_is_made_and_stays_paused(self, make_campaign):
        batch = start_batch(make_campaign())
        batches.pause_batch(batch, SYSTEM)

        do_chunks(batch, 2)

        assert fresh(batch).state == Batch.State.PAUSED
        assert refusal(codes_of(batch)[0]) is CodePaused

    def test_resumed_before_it_is_made_it_is_being_made_again(self, make_campaign):
        batch = start_batch(make_campaign())
        batches.pause_batch(batch, SYSTEM)
        batches.resume_batch(batch, SYSTEM)
        assert fresh(batch).state == Batch.State.PREPARING

        do_chunks(batch, 2)

        assert fresh(batch).state == Batch.State.READY

    def test_resumed_after_it_was_made_it_is_ready(self, make_campaign):
        batch = start_batch(make_campaign())
        batches.pause_batch(batch, SYSTEM)
        do_chunks(batch, 2)

        batches.resume_batch(batch, SYSTEM)

        assert fresh(batch).state == Batch.State.READY


class TestRefusals:
    @pytest.mark.parametrize(
        ("verb", "state", "why"),
        [
            ("pause_batch", "paused", "paused or revoked already"),
            ("pause_batch", "revoked", "paused or revoked already"),
            ("resume_batch", "ready", "not paused"),
            ("resume_batch", "revoked", "not paused"),
            ("revoke_batch", "revoked", "revoked already"),
            ("reinstate_batch", "ready", "not revoked"),
            ("reinstate_batch", "paused", "not revoked"),
            ("discard_batch", "ready", "cancel its job"),
        ],
    )
    def test_a_verb_that_does_not_apply_changes_nothing(self, batch, verb, state, why):
        Batch.objects.update(state=state)
        generation_before = fresh(batch.campaign).generation

        with pytest.raises(VerbRefused, match=why):
            getattr(batches, verb)(batch, SYSTEM)

        assert fresh(batch).state == state
        assert fresh(batch.campaign).generation == generation_before

    def test_a_page_that_was_opened_before_a_revoke_does_not_undo_it_by_a_pause(self, batch):
        opened_before = fresh(batch)
        batches.revoke_batch(batch, SYSTEM)

        with pytest.raises(VerbRefused):
            batches.pause_batch(opened_before, SYSTEM)

        assert fresh(batch).state == Batch.State.REVOKED


class TestWithoutDynamoDB:
    def test_a_revoke_is_kept_said_not_to_be_in_force_and_done_by_the_sweep(self, batch):
        code = codes_of(batch)[0]
        with failing("dynamodb", "PutItem", "InternalServerError"), pytest.raises(NotInForceYet):
            batches.revoke_batch(batch, SYSTEM)
        assert fresh(batch).state == Batch.State.REVOKED
        assert not fresh(batch.campaign).is_in_force

        gatekeeping.write_due_gates()

        assert refusal(code) is CodeRevoked
        assert fresh(batch.campaign).is_in_force

    def test_a_worker_that_dies_before_the_gate_leaves_it_to_the_sweep(self, batch, monkeypatch):
        class Killed(BaseException):
            pass

        def die(gate):
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(gates, "write_gate", die)
            with pytest.raises(Killed):
                batches.revoke_batch(batch, SYSTEM)

        gatekeeping.write_due_gates()

        assert refusal(codes_of(batch)[0]) is CodeRevoked


class TestDiscarding:
    @pytest.fixture
    def half(self, make_campaign, monkeypatch):
        """A batch that was cancelled after the first of its three lists."""
        monkeypatch.setattr(generation, "CHUNK", 2)
        batch = start_batch(make_campaign(), count=5)
        do_chunks(batch)
        jobs.cancel(fresh(batch.job), SYSTEM)
        return fresh(batch)

    def test_seed_and_lists_are_gone_and_its_codes_are_refused(self, half, run_tasks):
        code = next(rules.draw_codes("AUTUMN", bytes.fromhex(half.seed), 0))

        batches.discard_batch(half, SYSTEM)
        run_tasks()

        assert (fresh(half).seed, fresh(half).state, fresh(half).count) == ("", "revoked", 2)
        assert default_storage.listdir(f"batches/{half.public_id}/parts")[1] == []
        assert refusal(code) is CodeRevoked

    def test_its_job_cannot_be_resumed_and_it_cannot_be_put_back(self, half):
        batches.discard_batch(half, SYSTEM)

        assert not jobs.resume(fresh(half.job), SYSTEM)
        with pytest.raises(VerbRefused, match="was discarded"):
            batches.reinstate_batch(half, SYSTEM)

    def test_while_a_worker_is_at_it_nothing_is_discarded(self, half):
        Job.objects.update(lease="worker", leased_until=timezone.now() + timedelta(seconds=9))

        with pytest.raises(VerbRefused, match="still being made"):
            batches.discard_batch(half, SYSTEM)

        assert fresh(half).seed
        assert fresh(half.job).state == Job.State.CANCELLED

    def test_no_code_is_ever_drawn_from_a_deleted_seed(self, make_campaign):
        batch = start_batch(make_campaign())
        Batch.objects.update(seed="")

        do_chunks(batch)

        job = fresh(batch.job)
        assert (job.state, job.error) == (Job.State.FAILED, "the seed of this batch is deleted")

    def test_lists_beyond_one_piece_of_work_are_deleted_too(self, half, run_tasks, monkeypatch):
        monkeypatch.setattr(generation, "SWEEP", 1)

        batches.discard_batch(half, SYSTEM)
        run_tasks()

        job = Job.objects.get(kind=generation.DISCARD)
        assert (job.state, job.done, job.chunks) == (Job.State.DONE, 3, 3)


def test_every_verb_is_in_the_audit_trail_with_what_was_before(batch):
    later = timezone.now() + timedelta(days=3)
    batches.pause_batch(batch, SYSTEM)
    batches.resume_batch(batch, SYSTEM)
    batches.revoke_batch(batch, SYSTEM)
    batches.reinstate_batch(batch, SYSTEM)
    batches.change_expiry(batch, SYSTEM, expires_at=later)
    batches.rename_batch(batch, SYSTEM, label="Berlin")

    events = AuditEvent.objects.filter(target_type="campaigns.Batch").order_by("id")
    lines = [(event.action, event.before, event.after) for event in events]
    facts = {"expires_at": None, "count": 3}
    assert lines == [
        ("pause batch", {**facts, "state": "ready"}, {**facts, "state": "paused"}),
        ("resume batch", {**facts, "state": "paused"}, {**facts, "state": "ready"}),
        ("revoke batch", {**facts, "state": "ready"}, {**facts, "state": "revoked"}),
        ("put batch back in force", {**facts, "state": "revoked"}, {**facts, "state": "ready"}),
        (
            "change expiry of batch",
            {**facts, "state": "ready"},
            {"state": "ready", "count": 3, "expires_at": later.isoformat()},
        ),
        ("rename batch", {"label": ""}, {"label": "Berlin"}),
    ]
