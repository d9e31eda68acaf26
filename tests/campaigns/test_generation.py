"""Making codes: as many as asked for, once each, whatever happens on the way."""

from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest
from botocore.exceptions import ClientError
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from adapters import gates, promo_codes, uses
from adapters.aws import client
from adapters.definitions import name_of
from adapters.use_items import Use
from backoffice import job_files, jobs
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from campaigns import drawing, generation, redemptions, rules
from campaigns.eligibility import Customer
from campaigns.models import Batch
from tests.outages import failing
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)

LEASE_OVER = timedelta(minutes=1)


class Killed(BaseException):
    """What ends a worker without asking it."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(generation, "CHUNK", 10)
    monkeypatch.setattr(generation, "STRIDE", 4)


@pytest.fixture
def start(make_campaign):
    def start(count=25, *, campaign=None, max_uses=1, **fields):
        return generation.generate_codes(
            campaign or make_campaign(), count=count, max_uses=max_uses, act=SYSTEM, **fields
        )

    return start


def work(batch, times=1):
    """Do the next chunks of the batch, as a worker whose messages are lost afterwards."""
    for _ in range(times):
        jobs.run_chunk(Job.objects.get(pk=batch.job_id))
    waiting_tasks()


def listed(batch):
    with default_storage.open(generation.export_file(batch)) as lines:
        return lines.read().decode().splitlines()


def stored(batch=None):
    items = client("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]
    codes = [item for item in items if "batch" in item]
    return {
        item["code"]["S"]
        for item in codes
        if batch is None or item["batch"]["S"] == batch.public_id
    }


def raw():
    items = client("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]
    return sorted((item for item in items if "batch" in item), key=lambda item: item["code"]["S"])


def next_code(batch, chunk=0, place=0):
    prefix = rules.normalise_prefix(batch.prefix)
    drawn = rules.draw_codes(prefix, bytes.fromhex(batch.seed), chunk)
    return [next(drawn) for _ in range(place + 1)][place]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def files():
    return [name for _, _, names in default_storage_walk() for name in names]


def default_storage_walk(folder="batches"):
    folders, names = default_storage.listdir(folder)
    yield folder, folders, names
    for each in folders:
        yield from default_storage_walk(f"{folder}/{each}")


class TestAWholeBatch:
    @pytest.mark.parametrize("count", [1, 9, 10, 11, 25])
    def test_exactly_as_many_codes_are_made_as_asked_for(self, start, run_tasks, count):
        batch = start(count)

        run_tasks()

        assert len(stored(batch)) == count
        assert fresh(batch).state == Batch.State.READY

    def test_the_file_has_the_codes_that_are_in_dynamodb_one_a_line(self, start, run_tasks):
        batch = start()

        run_tasks()

        assert len(listed(batch)) == 25
        assert {rules.normalise(line) for line in listed(batch)} == stored(batch)

    def test_every_code_is_shown_with_its_prefix_and_spelled_well(
        self, start, make_campaign, run_tasks
    ):
        batch = start(campaign=make_campaign(prefix="Oil"))

        run_tasks()

        assert all(line.startswith("OIL-") for line in listed(batch))
        assert all(rules.is_spelled_well(code, frozenset({"011"})) for code in stored(batch))
        assert gates.read_prefixes() == {"011"}

    def test_a_campaign_without_prefix_has_codes_without_one(self, start, make_campaign, run_tasks):
        batch = start(campaign=make_campaign(prefix=""))

        run_tasks()

        assert {len(code) for code in stored(batch)} == {rules.GENERATED_LENGTH}
        assert gates.read_prefixes() == frozenset()

    def test_codes_carry_the_limits_of_their_batch(self, start, run_tasks):
        end = timezone.now().replace(microsecond=0) + timedelta(days=3)
        batch = start(1, max_uses=7, expires_at=end)

        run_tasks()

        code = promo_codes.read_code(*stored(batch), consistent=True)
        assert (code.max_uses, code.uses, code.expires_at) == (7, 0, end)
        assert (code.batch, code.campaign) == (batch.public_id, batch.campaign.public_id)

    def test_every_listed_code_can_be_redeemed(self, start, run_tasks):
        batch = start(3)

        run_tasks()

        for number, line in enumerate(listed(batch)):
            assert redemptions.redeem_code(
                line,
                redeemed_by=str(number),
                customer=Customer("alice@example.com"),
                now=timezone.now(),
            )

    def test_two_batches_of_a_campaign_share_no_code(self, start, make_campaign, run_tasks):
        campaign = make_campaign()
        batches = [start(campaign=campaign), start(campaign=campaign)]

        run_tasks()

        assert not stored(batches[0]) & stored(batches[1])

    def test_the_seed_is_deleted_when_the_batch_is_complete(self, start, run_tasks):
        batch = start()
        assert len(bytes.fromhex(batch.seed)) == 32

        run_tasks()

        assert fresh(batch).seed == ""

    def test_the_seed_is_in_no_message_and_not_in_the_job(self, start):
        batch = start()

        messages = waiting_tasks()

        assert batch.seed not in str(messages)
        assert batch.seed not in str(vars(fresh(batch).job))

    def test_nothing_but_the_file_is_left(self, start, run_tasks):
        start()

        run_tasks()

        assert files() == ["codes.csv"]

    def test_the_job_says_how_far_it_is(self, start):
        batch = start()
        seen = []
        for _ in range(4):
            work(batch)
            job = fresh(batch.job)
            seen.append((job.state, job.done, job.percent))

        assert seen == [
            ("running", 10, 40),
            ("running", 20, 80),
            ("running", 25, 100),
            ("done", 25, 100),
        ]

    def test_the_job_leads_to_its_file(self, start, run_tasks):
        batch = start()

        run_tasks()

        assert fresh(batch.job).result_file == generation.export_file(batch)
        assert fresh(batch.job).finished_at is not None

    def test_starting_a_batch_is_in_the_audit_trail(self, start):
        batch = start()

        event = AuditEvent.objects.get(action="start generate-codes")
        assert (event.target_id, event.after) == (str(batch.job_id), {"total": 25})

    def test_starting_a_batch_makes_no_code_by_itself(self, start):
        start()

        assert stored() == set()


class TestRepeats:
    def test_a_redelivered_chunk_writes_the_same_codes_and_nothing_else(self, start):
        batch = start()
        work(batch)
        before = raw()
        Job.objects.update(next_chunk=0, done=0)

        work(batch)

        assert raw() == before

    def test_a_redelivered_chunk_lists_the_same_codes(self, start, run_tasks):
        batch = start()
        work(batch)
        made = stored(batch)
        Job.objects.update(next_chunk=0, done=0)

        jobs.run_due_jobs()
        run_tasks()

        assert len(listed(batch)) == 25 == len(set(listed(batch)))
        assert made < {rules.normalise(line) for line in listed(batch)}

    def test_spent_codes_stay_spent_when_an_old_chunk_is_delivered_again(self, start):
        batch = start(10)
        work(batch)
        spent = sorted(stored(batch))[:3]
        for code in spent:
            redemptions.redeem_code(
                code,
                redeemed_by=f"who-has-{code}",
                customer=Customer("alice@example.com"),
                now=timezone.now(),
            )
        before = raw()
        Job.objects.update(next_chunk=0, done=0)

        work(batch)

        assert raw() == before

    def test_a_message_that_comes_after_the_end_changes_nothing(self, start, run_tasks):
        batch = start()
        run_tasks()
        before, lines = raw(), listed(batch)

        work(batch, 3)

        assert (raw(), listed(batch)) == (before, lines)

    def test_a_worker_that_slept_through_the_end_writes_nothing(self, start, run_tasks):
        """It holds the seed still, but no longer the lease."""
        batch = start()
        sleeper = fresh(batch.job)
        assert sleeper.claim()
        Job.objects.update(leased_until=timezone.now() - LEASE_OVER)
        run_tasks()
        before = raw()

        with pytest.raises(jobs.LeaseLost):
            generation._make_chunk(sleeper, 0)

        assert raw() == before
        assert files() == ["codes.csv"]

    def test_a_collision_with_a_code_of_another_batch_is_drawn_anew(self, start, run_tasks):
        batch = start(10)
        foreign = promo_codes.PromoCode(
            next_code(batch, place=3), "another", "theirs", 1, created_at=timezone.now()
        )
        promo_codes.insert_codes([foreign])

        run_tasks()

        assert promo_codes.read_code(foreign.code, consistent=True).batch == "theirs"
        assert len(stored(batch)) == 10
        assert {rules.normalise(line) for line in listed(batch)} == stored(batch)

    def test_a_chunk_with_a_collision_is_repeated_without_more_codes(self, start):
        batch = start(10)
        foreign = promo_codes.PromoCode(
            next_code(batch, place=3), "another", "theirs", 1, created_at=timezone.now()
        )
        promo_codes.insert_codes([foreign])
        work(batch)
        before = raw()
        Job.objects.update(next_chunk=0, done=0)

        work(batch)

        assert raw() == before

    def test_a_spent_foreign_code_stays_spent(self, start, run_tasks):
        batch = start(10)
        foreign = promo_codes.PromoCode(
            next_code(batch), "another", "theirs", 1, created_at=timezone.now()
        )
        promo_codes.insert_codes([foreign])
        uses.take(foreign, Use(foreign.code, "another", "theirs", "alice", timezone.now()))

        run_tasks()

        assert promo_codes.read_code(foreign.code, consistent=True).redeemed_by == "alice"


class TestDeaths:
    """A worker that is killed leaves its lease; when that is over the sweep goes on."""

    @staticmethod
    def dies_at(monkeypatch, module, name, call=1):
        original, calls = getattr(module, name), []

        def work_until_then(*args, **kwargs):
            calls.append(args)
            if len(calls) == call:
                raise Killed
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, work_until_then)

    @staticmethod
    def sweep_after_the_lease():
        Job.objects.update(leased_until=timezone.now() - LEASE_OVER)
        jobs.run_due_jobs()

    def test_a_lost_message_between_two_chunks_is_sent_again(self, start, run_tasks):
        batch = start()
        work(batch)

        jobs.run_due_jobs()
        run_tasks()

        assert len(stored(batch)) == 25 == len(listed(batch))

    @pytest.mark.parametrize(
        ("name", "call"),
        [
            ("insert_codes", 1),
            ("insert_codes", 2),
            ("insert_codes", 5),
            ("store", 1),
            ("store", 3),
            ("join", 1),
            ("delete", 1),
            ("delete", 3),
        ],
    )
    def test_a_batch_is_complete_after_a_death(self, start, run_tasks, monkeypatch, name, call):
        places = {"insert_codes": promo_codes, "delete": FileSystemStorage}
        batch = start()
        with monkeypatch.context() as patch:
            self.dies_at(patch, places.get(name, job_files), name, call)
            with pytest.raises(Killed):
                work(batch, 5)
        waiting_tasks()

        self.sweep_after_the_lease()
        run_tasks()

        lines = {rules.normalise(line) for line in listed(batch)}
        assert lines == stored(batch)
        assert len(lines) == 25 == len(listed(batch))
        assert (fresh(batch).state, fresh(batch).seed) == (Batch.State.READY, "")
        assert files() == ["codes.csv"]

    def test_while_the_lease_of_the_dead_worker_runs_nobody_takes_over(
        self, start, run_tasks, monkeypatch
    ):
        batch = start()
        with monkeypatch.context() as patch:
            self.dies_at(patch, promo_codes, "insert_codes")
            with pytest.raises(Killed):
                work(batch)

        jobs.run_due_jobs()
        run_tasks()

        assert stored(batch) == set()

    def test_a_busy_dynamodb_puts_the_chunk_off(self, start, run_tasks):
        batch = start()
        with failing("dynamodb", "BatchExecuteStatement", "InternalServerError"):
            work(batch)
        assert fresh(batch.job).state == Job.State.RUNNING

        jobs.run_due_jobs()
        run_tasks()

        assert len(listed(batch)) == 25

    @pytest.mark.parametrize(
        ("code", "state"), [("SlowDown", "running"), ("NoSuchBucket", "failed")]
    )
    def test_a_store_that_does_not_take_the_list_is_on_the_job(
        self, start, monkeypatch, code, state
    ):
        batch = start()

        def refuse(*_, **__):
            raise ClientError({"Error": {"Code": code}}, "PutObject")

        monkeypatch.setattr(FileSystemStorage, "save", refuse)

        work(batch)

        job = fresh(batch.job)
        assert (job.state, job.error) == (state, f"s3 PutObject: {code}")
        assert job.leased_until is None

    def test_two_workers_on_one_batch_make_each_code_once(self, start, in_threads):
        batch = start()

        def toil(_):
            for _ in range(6):
                jobs.run_chunk(Job.objects.get(pk=batch.job_id))

        in_threads(2, toil)
        waiting_tasks()
        work(batch, 5)

        assert len(stored(batch)) == 25 == len(listed(batch))
        assert fresh(batch.job).done == 25


class TestCancelling:
    def test_a_cancelled_batch_makes_no_more_codes(self, start, run_tasks):
        batch = start()
        work(batch)
        jobs.cancel(fresh(batch.job), SYSTEM)

        jobs.run_due_jobs()
        run_tasks()

        assert len(stored(batch)) == 10
        assert fresh(batch).state == Batch.State.PREPARING

    def test_a_resumed_batch_goes_on_where_it_was(self, start, run_tasks):
        batch = start()
        work(batch)
        made = stored(batch)
        jobs.cancel(fresh(batch.job), SYSTEM)

        jobs.resume(fresh(batch.job), SYSTEM)
        run_tasks()

        assert made < stored(batch)
        assert len(stored(batch)) == 25 == len(listed(batch))
        assert fresh(batch.job).done == 25

    def test_a_batch_that_is_cancelled_in_the_middle_of_a_chunk_can_be_resumed(
        self, start, run_tasks, monkeypatch
    ):
        batch = start()
        store = job_files.store

        def cancel_and_store(*args):
            jobs.cancel(fresh(batch.job), SYSTEM)
            store(*args)

        with monkeypatch.context() as patch:
            patch.setattr(job_files, "store", cancel_and_store)
            work(batch)
        assert fresh(batch.job).state == Job.State.CANCELLED

        jobs.resume(fresh(batch.job), SYSTEM)
        run_tasks()

        assert len(stored(batch)) == 25 == len(listed(batch)) == fresh(batch.job).done

    def test_a_batch_that_was_revoked_meanwhile_stays_revoked(self, start, run_tasks):
        batch = start()
        Batch.objects.update(state=Batch.State.REVOKED)

        run_tasks()

        assert fresh(batch).state == Batch.State.REVOKED
        assert fresh(batch).seed == ""


class TestLeases:
    def test_the_lease_is_renewed_before_every_stride(self, start, monkeypatch):
        """A chunk may last longer than a lease; a stride may not."""
        batch = start(10)
        log = []
        renew, insert = Job.renew, promo_codes.insert_codes
        monkeypatch.setattr(Job, "renew", lambda job: log.append("renew") or renew(job))
        monkeypatch.setattr(
            promo_codes, "insert_codes", lambda codes: log.append(len(codes)) or insert(codes)
        )

        work(batch)

        assert log == ["renew", 4, "renew", 4, "renew", 2, "renew"]

    def test_a_finish_that_outlasts_its_lease_leaves_the_rest_to_the_next(self, start, monkeypatch):
        batch = start()
        work(batch, 3)
        opened = FileSystemStorage.open
        taken = []

        def open_slowly(storage, name, mode="rb"):
            lines = opened(storage, name, mode)
            if not taken:
                taken.append(name)
                Job.objects.update(leased_until=timezone.now() - LEASE_OVER)
                work(batch)
            return lines

        monkeypatch.setattr(FileSystemStorage, "open", open_slowly)

        work(batch)

        assert fresh(batch.job).state == Job.State.DONE
        assert len(listed(batch)) == 25


def test_a_code_of_this_chunk_is_told_from_others(start):
    batch = start(1)
    code = promo_codes.PromoCode(
        "AUTUMN1", batch.campaign.public_id, batch.public_id, 1, created_at=timezone.now(), chunk=1
    )
    theirs = replace(code, code="AUTUMN2", batch="another")
    earlier = replace(code, code="AUTUMN3", chunk=0)
    untold = replace(code, code="AUTUMN4", chunk=None)
    promo_codes.insert_codes([code, theirs, earlier, untold])

    names = ("AUTUMN1", "AUTUMN2", "AUTUMN3", "AUTUMN4", "AUTUMN5")
    made = [drawing.is_made_by(replace(code, code=name)) for name in names]

    assert made == [True, False, False, True, False]


class TestTheSameCodeDrawnTwice:
    """Once in 2.3 million batches of a million codes; here it is forced."""

    @pytest.fixture
    def loaded(self, monkeypatch):
        """Let places of the drawing, (chunk, place), yield the codes of other places."""
        draw = rules.draw_codes
        same: dict[tuple[int, int], tuple[int, int]] = {}

        def draw_loaded(prefix, seed, chunk):
            for place, code in enumerate(draw(prefix, seed, chunk)):
                other = same.get((chunk, place))
                yield at(prefix, seed, *other) if other else code

        def at(prefix, seed, chunk, place):
            return next(islice(draw(prefix, seed, chunk), place, None))

        monkeypatch.setattr(rules, "draw_codes", draw_loaded)
        return same

    # The same stride, the next stride, an earlier chunk, twice from one chunk, an earlier draw.
    DOUBLES = (
        {(0, 1): (0, 0)},
        {(0, 7): (0, 2)},
        {(1, 3): (0, 5)},
        {(1, 3): (0, 5), (2, 4): (0, 5), (2, 0): (0, 9)},
        {(0, 3): (0, 2), (0, 10): (0, 4), (1, 0): (0, 10)},
    )

    @pytest.mark.parametrize("doubles", DOUBLES)
    def test_as_many_different_codes_are_made_as_asked_for(self, start, run_tasks, loaded, doubles):
        loaded.update(doubles)
        batch = start(25)

        run_tasks()

        assert len(stored(batch)) == 25 == len(listed(batch)) == len(set(listed(batch)))
        assert {rules.normalise(line) for line in listed(batch)} == stored(batch)
        assert fresh(batch.job).done == 25

    @pytest.mark.parametrize("doubles", DOUBLES)
    def test_every_chunk_delivered_twice_makes_the_same_codes(
        self, start, run_tasks, loaded, doubles
    ):
        loaded.update(doubles)
        batch = start(25)
        for chunk in range(3):
            work(batch)
            before = raw()
            Job.objects.update(next_chunk=chunk, done=chunk * 10)
            work(batch)
            assert raw() == before

        jobs.run_due_jobs()
        run_tasks()

        assert len(stored(batch)) == 25 == len(set(listed(batch))) == len(listed(batch))
