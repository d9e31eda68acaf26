"""Exports: every code with what became of it, however the worker fares."""

import csv
import gc
import io
import tracemalloc
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from adapters import promo_codes
from adapters.clock import timestamp
from adapters.promo_codes import PromoCode
from backoffice import job_files, jobs
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from backoffice.verbs import VerbRefused
from campaigns import exports, generation, redemptions, rules
from campaigns.eligibility import Customer
from campaigns.models import Batch
from tests.backoffice.doors import do, do_to_many, page_url, verb_url
from tests.outages import failing
from tests.worker import waiting_tasks

ALICE = Customer("alice@example.com")

pytestmark = pytest.mark.django_db(transaction=True)

LEASE_OVER = timedelta(minutes=1)


class Killed(BaseException):
    """What ends a worker without asking it."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(generation, "CHUNK", 10)
    monkeypatch.setattr(exports, "CHUNK", 10)


@pytest.fixture
def make_batch(make_campaign, run_tasks):
    campaigns = []

    def make(count=25, *, campaign=None, max_uses=1, **fields):
        if not campaigns:
            campaigns.append(campaign or make_campaign())
        batch = generation.generate_codes(
            campaign or campaigns[0], count=count, max_uses=max_uses, act=SYSTEM, **fields
        )
        run_tasks()
        batch.refresh_from_db()
        return batch

    return make


def listed(batch):
    with default_storage.open(generation.export_file(batch)) as lines:
        return lines.read().decode().splitlines()


def redeem(code, who="sign-up-1"):
    return redemptions.redeem_code(code, redeemed_by=who, customer=ALICE, now=timezone.now())


def work(job, times=1):
    """Do the next chunks, as a worker whose messages are lost afterwards."""
    for _ in range(times):
        jobs.run_chunk(Job.objects.get(pk=job.pk))
    waiting_tasks()


def exported(job):
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return list(csv.DictReader(io.StringIO(job_files.read_text(job.result_file))))


class TestTheList:
    def test_every_code_of_the_batch_is_there_once_in_the_order_of_its_file(
        self, make_batch, run_tasks
    ):
        batch = make_batch()

        job = exports.export_batch(batch, SYSTEM)
        run_tasks()

        assert [row["code"] for row in exported(job)] == listed(batch)
        assert (job.done, job.total, job.percent) == (25, 25, 100)

    def test_a_code_says_how_it_stands_and_who_redeemed_it_when(self, make_batch, run_tasks):
        batch = make_batch(3, label="Fair")
        code = listed(batch)[1]
        redemption = redeem(code)

        job = exports.export_batch(batch, SYSTEM)
        run_tasks()

        unused, used, _ = exported(job)
        assert (unused["status"], unused["uses"], unused["redeemed_by"]) == ("unused", "0", "")
        assert used == {
            "code": code,
            "status": "used up",
            "campaign": "Autumn launch",
            "batch": "Fair",
            "starts": "",
            "ends": "",
            "max_uses": "1",
            "uses": "1",
            "redeemed_by": "sign-up-1",
            "redeemed_at": timestamp(redemption.redeemed_at),
        }

    def test_the_earlier_of_two_ends_is_the_end(self, make_batch, make_campaign, run_tasks):
        day, now = timedelta(days=1), timezone.now().replace(microsecond=0)
        campaign = make_campaign(starts_at=now - day, ends_at=now + 9 * day)
        batch = make_batch(1, campaign=campaign, expires_at=now + 3 * day)

        job = exports.export_batch(batch, SYSTEM)
        run_tasks()

        [row] = exported(job)
        assert row["starts"] == timestamp(now - day)
        assert row["ends"] == timestamp(now + 3 * day)

    def test_a_campaign_s_export_has_all_its_batches(self, make_batch, run_tasks):
        first, second = make_batch(25, label="One"), make_batch(10, label="Two")
        other = make_batch(5, label="Three")

        job = exports.export_campaign(first.campaign, SYSTEM)
        run_tasks()

        found = [(row["batch"], row["code"]) for row in exported(job)]
        assert found == [
            (batch.label, code) for batch in (first, second, other) for code in listed(batch)
        ]

    def test_only_unused_leaves_out_what_somebody_has_used(self, make_batch, run_tasks):
        batch = make_batch(12, max_uses=2)
        codes = listed(batch)
        redeem(codes[0])
        redeem(codes[11])

        job = exports.export_batch(batch, SYSTEM, only_unused=True)
        run_tasks()

        assert [row["code"] for row in exported(job)] == codes[1:11]

    def test_a_code_that_is_not_in_dynamodb_is_called_missing(self, make_batch, run_tasks, cloud):
        batch = make_batch(2)
        cloud.reset()

        job = exports.export_batch(batch, SYSTEM)
        run_tasks_of(job)

        assert [row["status"] for row in exported(job)] == ["missing", "missing"]

    def test_what_staff_wrote_is_no_formula(self, make_batch, make_campaign, run_tasks):
        campaign = make_campaign(name='=HYPERLINK("https://evil.example")')
        batch = make_batch(1, campaign=campaign, label="@SUM(A1)")

        job = exports.export_batch(batch, SYSTEM)
        run_tasks()

        [row] = exported(job)
        assert row["campaign"].startswith("'=HYPERLINK")
        assert row["batch"] == "'@SUM(A1)"


def run_tasks_of(job):
    work(job, job.chunks + 1)


NOW = timezone.now()
SOON, BEFORE = NOW + timedelta(days=1), NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("code", "batch", "campaign", "word"),
    [
        ({}, {}, {}, "unused"),
        ({"uses": 1, "max_uses": 2}, {}, {}, "used"),
        ({"uses": 2, "max_uses": 2}, {}, {}, "used up"),
        ({"uses": 1}, {"state": "revoked"}, {"ends_at": BEFORE}, "used up"),
        ({}, {"state": "revoked"}, {"ends_at": BEFORE}, "revoked"),
        ({}, {}, {"state": "archived"}, "revoked"),
        ({"expires_at": BEFORE}, {"state": "paused"}, {}, "expired"),
        ({"expires_at": SOON}, {}, {"ends_at": BEFORE}, "expired"),
        ({"expires_at": SOON}, {}, {"ends_at": SOON}, "unused"),
        ({"expires_at": NOW}, {}, {}, "expired"),
        ({}, {"state": "paused"}, {}, "paused"),
        ({"uses": 1, "max_uses": 2}, {}, {"state": "paused"}, "paused"),
    ],
)
def test_each_state_has_one_word(make_campaign, code, batch, campaign, word):
    fields = {"max_uses": 1, **code}
    stored = PromoCode("AUTUMN1", "c", "b", created_at=NOW, **fields)
    row = Batch(campaign=make_campaign(**campaign), **batch)

    assert exports.status_of(stored, row, NOW) == word


class TestDeaths:
    @staticmethod
    def dies_at(monkeypatch, module, name, call=1):
        original, calls = getattr(module, name), []

        def work_until_then(*args, **kwargs):
            calls.append(args)
            if len(calls) == call:
                raise Killed
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, work_until_then)

    @pytest.mark.parametrize(
        ("module", "name", "call"),
        [
            (exports, "read_codes", 1),
            (exports, "read_codes", 2),
            (job_files, "store", 2),
            (exports, "_note", 1),
            (exports, "_note", 3),
            (job_files, "join", 1),
            (FileSystemStorage, "delete", 1),
            (FileSystemStorage, "delete", 3),
        ],
    )
    def test_an_export_is_whole_after_a_death(
        self, make_batch, run_tasks, monkeypatch, module, name, call
    ):
        batches = [make_batch(25), make_batch(15)]
        job = exports.export_campaign(batches[0].campaign, SYSTEM)
        with monkeypatch.context() as patch:
            self.dies_at(patch, module, name, call)
            with pytest.raises(Killed):
                work(job, 9)
        waiting_tasks()

        Job.objects.update(leased_until=timezone.now() - LEASE_OVER)
        jobs.run_due_jobs()
        run_tasks()

        codes = [code for batch in batches for code in listed(batch)]
        assert [row["code"] for row in exported(job)] == codes
        assert default_storage.listdir(f"{job_files.folder(job)}/parts") == ([], [])

    def test_a_redelivered_chunk_is_in_the_file_once(self, make_batch, run_tasks):
        batch = make_batch()
        job = exports.export_batch(batch, SYSTEM)
        work(job, 2)
        Job.objects.filter(pk=job.pk).update(next_chunk=1, done=10)

        jobs.run_due_jobs()
        run_tasks()

        assert [row["code"] for row in exported(job)] == listed(batch)

    def test_a_worker_that_slept_does_not_turn_the_next_one_back(self, make_batch):
        batch = make_batch()
        job = exports.export_batch(batch, SYSTEM)
        sleeper = Job.objects.get(pk=job.pk)
        assert sleeper.claim()
        Job.objects.update(leased_until=timezone.now() - LEASE_OVER)
        work(job, 2)

        exports._note(sleeper, [0, 1])
        work(job, 2)

        assert [row["code"] for row in exported(job)] == listed(batch)

    def test_a_cancelled_export_goes_on_where_it_was(self, make_batch, run_tasks):
        batch = make_batch()
        job = exports.export_batch(batch, SYSTEM)
        work(job)
        jobs.cancel(job, SYSTEM)

        jobs.resume(job, SYSTEM)
        run_tasks()

        assert [row["code"] for row in exported(job)] == listed(batch)

    def test_a_busy_dynamodb_puts_the_chunk_off(self, make_batch, run_tasks):
        batch = make_batch()
        job = exports.export_batch(batch, SYSTEM)
        with failing("dynamodb", "BatchGetItem", "InternalServerError"):
            work(job)
        job.refresh_from_db()
        assert (job.state, job.done) == (Job.State.RUNNING, 0)

        jobs.run_due_jobs()
        run_tasks()

        assert len(exported(job)) == 25

    def test_a_list_that_is_gone_fails_the_job_and_says_so(self, make_batch, run_tasks):
        batch = make_batch()
        default_storage.delete(generation.export_file(batch))

        job = exports.export_batch(batch, SYSTEM)
        run_tasks()

        job.refresh_from_db()
        assert (job.state, job.error) == (Job.State.FAILED, "The file is not there any more.")


class TestEffort:
    def test_the_list_of_codes_is_read_once_however_many_chunks_there_are(
        self, make_batch, run_tasks, monkeypatch
    ):
        batch = make_batch(50)
        monkeypatch.setattr(job_files, "PIECE", 64)
        read = []
        original = job_files._read
        monkeypatch.setattr(
            job_files,
            "_read",
            lambda name, start: read.append(original(name, start)) or read[-1],
        )

        exports.export_batch(batch, SYSTEM)
        run_tasks()

        whole = len("\n".join(listed(batch))) + 1
        assert sum(map(len, read)) < whole + 6 * 64

    @pytest.mark.timeout(900)
    def test_memory_does_not_grow_with_the_number_of_codes(
        self, make_batch, monkeypatch, record_property, is_long
    ):
        """Each chunk and the end need a fraction of what the whole list would."""
        batch = make_batch(10)
        count = 100_000 if is_long else 8_000
        drawn = rules.draw_codes("ANYTH1NG", b"seed", 0)
        text = "".join(f"{next(drawn)}\n" for _ in range(count))
        default_storage.save(generation.export_file(batch), io.BytesIO(text.encode()))
        Batch.objects.update(count=count)
        monkeypatch.setattr(exports, "CHUNK", 250)
        peaks = {}

        for number in (1_000, count):
            Batch.objects.update(count=number)
            job = exports.export_batch(batch, SYSTEM)
            peaks[number] = max(needed_by_a_chunk(job) for _ in range(job.chunks + 1))
            assert len(exported(job)) == number

        record_property("figures", f"export: the most bytes in a chunk or at the end: {peaks}")
        assert peaks[count] < 2 * peaks[1_000]


def needed_by_a_chunk(job):
    """Return how many bytes the next chunk takes at most; what stays is the local cloud's."""
    gc.collect()
    tracemalloc.start()
    work(job)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


class TestTheVerb:
    def test_exporting_a_batch_leads_to_its_job_and_its_file(self, staff, make_batch, run_tasks):
        batch, client = make_batch(3), staff("marketing")
        form = {"confirmed": "yes", "reason": "for the fair", "which": "all"}

        answer = client.post(verb_url(batch, "export"), form)
        run_tasks()

        job = Job.objects.get(kind=exports.KIND)
        assert answer["Location"] == page_url(job)
        page = client.get(answer["Location"]).content.decode()
        assert "Export codes of" in page
        assert "The file is deleted on" in page
        event = AuditEvent.objects.get(action="start export-codes")
        assert (event.reason, event.actor_name, event.after["total"]) == (
            "for the fair",
            "staff",
            3,
        )

    def test_only_unused_codes_can_be_asked_for(self, staff, make_batch, run_tasks):
        batch, client = make_batch(3), staff("marketing")
        redeem(listed(batch)[0])

        do(client, "export", batch.campaign, which="unused")
        run_tasks()

        assert len(exported(Job.objects.get(kind=exports.KIND))) == 2

    def test_several_batches_are_several_exports(self, staff, make_batch):
        batches = [make_batch(2), make_batch(2)]

        page = do_to_many(staff("marketing"), "export", *batches, which="all")

        assert "2 exports are being made." in page
        assert Job.objects.filter(kind=exports.KIND).count() == 2

    def test_codes_that_are_still_being_made_are_not_exported(self, staff, make_campaign):
        campaign = make_campaign()
        batch = generation.generate_codes(campaign, count=5, max_uses=1, act=SYSTEM)

        page = do(staff("marketing"), "export", batch, which="all")

        assert "There is no finished list of codes yet." in page
        assert not Job.objects.filter(kind=exports.KIND).exists()
        with pytest.raises(VerbRefused):
            exports.export_campaign(campaign, SYSTEM)

    def test_an_unknown_choice_is_refused(self, staff, make_batch):
        form = {"confirmed": "yes", "reason": "x", "which": "most"}

        answer = staff("marketing").post(verb_url(make_batch(1), "export"), form)

        assert answer.status_code == 422


def test_codes_are_not_in_the_job_nor_in_the_trail(make_batch, run_tasks):
    batch = make_batch(3)
    job = exports.export_batch(batch, SYSTEM)
    run_tasks()

    job.refresh_from_db()
    kept = f"{vars(job)} {[vars(event) for event in AuditEvent.objects.all()]}"

    assert not [code for code in listed(batch) if code in kept]


def test_an_insert_of_another_batch_does_not_change_the_list(make_batch, run_tasks):
    batch = make_batch(2)
    promo_codes.insert_codes([PromoCode("VANITY26", "c", "b", 1, created_at=NOW)])

    job = exports.export_batch(batch, SYSTEM)
    run_tasks()

    assert len(exported(job)) == 2
