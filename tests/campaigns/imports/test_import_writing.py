"""An import that was checked is written once, however the worker fares."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from adapters import gates, promo_codes
from adapters.code_reading import read_codes
from adapters.promo_codes import PromoCode
from backoffice import job_files, jobs
from backoffice.audit import SYSTEM
from backoffice.models import Job
from backoffice.verbs import VerbRefused
from campaigns import (
    exports,
    generation,
    import_files,
    import_write,
    imports,
    redemptions,
    rules,
)
from campaigns.models import Batch, CodeImport
from tests.campaigns.imports.importing import (
    ALICE,
    Killed,
    dies_at,
    left_files,
    listed,
    many,
    rejected,
    stored,
    sweep_after_the_lease,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)


class TestWriting:
    def test_the_valid_codes_become_a_batch_that_can_be_redeemed_and_exported(
        self, check, run_tasks
    ):
        row = check(
            "code,max_uses,expires_at\nVanity-2026,5,2030-01-01\nNext 26,,\n!,,\n", max_uses=2
        )

        batch = imports.import_codes(row, SYSTEM)
        run_tasks()

        batch.refresh_from_db()
        assert (batch.state, batch.count, batch.label) == ("ready", 2, "Partner")
        assert listed(batch) == ["Vanity-2026", "Next 26"]
        codes = read_codes(["VAN1TY2026", "NEXT26"])
        assert [code.max_uses for code in codes.values()] == [5, 2]
        assert codes["VAN1TY2026"].expires_at == datetime(2030, 1, 2, tzinfo=UTC)
        assert redemptions.redeem_code(
            "vanity 2026", redeemed_by="a", customer=ALICE, now=timezone.now()
        )
        job = exports.export_batch(batch, SYSTEM)
        run_tasks()
        job.refresh_from_db()
        first, second = csv.DictReader(io.StringIO(job_files.read_text(job.result_file)))
        assert (first["code"], first["status"], first["uses"]) == ("Vanity-2026", "used", "1")
        assert (second["code"], second["status"], second["max_uses"]) == ("Next 26", "unused", "2")

    def test_what_is_left_is_the_list_and_for_a_week_the_rest(self, check, run_tasks):
        row = check(many(3) + "!\n")
        batch = imports.import_codes(row, SYSTEM)
        run_tasks()
        assert imports.delete_old_files() == 0

        Job.objects.exclude(files_until=None).update(files_until=timezone.now())
        CodeImport.objects.update(files_until=timezone.now())
        assert (imports.delete_old_files(), job_files.delete_old()) == (1, 1)

        assert left_files() == [generation.export_file(batch)]
        row.refresh_from_db()
        assert (row.state, row.first_rejected, row.rejected) == ("imported", [], 1)

    def test_a_code_that_came_into_existence_meanwhile_is_added_to_the_rejected_lines(
        self, check, run_tasks, monkeypatch
    ):
        monkeypatch.setattr(import_files, "PIECE", 10)
        row = check(many(24) + "!\n")
        theirs = [
            PromoCode(f"PARTNER000{n}", "c", "theirs", 1, created_at=timezone.now())
            for n in ("03", "17")
        ]
        promo_codes.insert_codes(theirs)

        batch = imports.import_codes(row, SYSTEM)
        run_tasks()

        batch.refresh_from_db()
        row.refresh_from_db()
        assert [(number, given) for number, given, _reason in rejected(row)] == [
            (4, "PARTNER-00003"),
            (18, "PARTNER-00017"),
            (25, "!"),
        ]
        assert (batch.count, row.valid, row.rejected) == (22, 22, 3)
        assert len(listed(batch)) == 22
        assert read_codes(["PARTNER00003"])["PARTNER00003"].batch == "theirs"
        assert len(row.first_rejected) == 3

    def test_a_prefix_that_was_generated_under_meanwhile_rejects_its_imitations(
        self, check, run_tasks
    ):
        code = next(rules.draw_codes("SPR1NG", b"seed", 0))
        row = check(f"{code}\nSUMMER26\n")
        assert row.valid == 2
        gates.register_prefix("SPR1NG")

        batch = imports.import_codes(row, SYSTEM)
        run_tasks()

        assert listed(batch) == ["SUMMER26"]
        assert stored(batch) == {"SUMMER26"}

    @pytest.mark.parametrize(
        ("module", "name", "call"),
        [
            (promo_codes, "insert_codes", 1),
            (promo_codes, "insert_codes", 2),
            (promo_codes, "insert_codes", 5),
            (job_files, "store", 1),
            (job_files, "store", 4),
            (import_files, "store_rejected", 2),
            (job_files, "join", 1),
            (import_files, "count_rejected", 1),
            (import_files, "write_reject_file", 1),
            (FileSystemStorage, "delete", 1),
            (FileSystemStorage, "delete", 3),
        ],
    )
    def test_an_import_that_died_is_whole_in_the_end(
        self, check, run_tasks, monkeypatch, module, name, call
    ):
        monkeypatch.setattr(import_files, "PIECE", 10)
        monkeypatch.setattr(import_write, "STRIDE", 4)
        row = check(many(25) + "!\n")
        promo_codes.insert_codes(
            [PromoCode("PARTNER00012", "c", "theirs", 1, created_at=timezone.now())]
        )
        batch = imports.import_codes(row, SYSTEM)
        with monkeypatch.context() as patch:
            dies_at(patch, module, name, call)
            with pytest.raises(Killed):
                work(batch.job, 9)

        sweep_after_the_lease(run_tasks)

        batch.refresh_from_db()
        row.refresh_from_db()
        assert (batch.state, batch.count, row.state) == ("ready", 24, "imported")
        assert {rules.normalise(code) for code in listed(batch)} == stored(batch)
        assert len(listed(batch)) == 24
        assert [number for number, _given, _reason in rejected(row)] == [13, 26]
        assert not [name for name in left_files() if "/parts/" in name]

    def test_a_redelivered_piece_writes_and_lists_the_same_and_spent_codes_stay_spent(
        self, check, run_tasks
    ):
        row = check(many(5))
        batch = imports.import_codes(row, SYSTEM)
        work(batch.job)
        redemptions.redeem_code(
            "PARTNER-00002", redeemed_by="alice", customer=ALICE, now=timezone.now()
        )
        Job.objects.filter(pk=batch.job_id).update(next_chunk=0, done=0)

        jobs.run_due_jobs()
        run_tasks()

        assert len(listed(batch)) == 5 == len(stored(batch))
        assert read_codes(["PARTNER00002"])["PARTNER00002"].redeemed_by == "alice"
        assert rejected(row) == []

    def test_a_cancelled_import_goes_on_where_it_was(self, check, run_tasks, monkeypatch):
        monkeypatch.setattr(import_files, "PIECE", 10)
        row = check(many(25))
        batch = imports.import_codes(row, SYSTEM)
        work(batch.job)
        jobs.cancel(batch.job, SYSTEM)
        run_tasks()
        assert len(stored(batch)) == 10

        jobs.resume(batch.job, SYSTEM)
        run_tasks()

        assert len(listed(batch)) == 25 == len(stored(batch))

    def test_a_batch_that_was_revoked_meanwhile_stays_revoked(self, check, run_tasks):
        batch = imports.import_codes(check(many(3)), SYSTEM)
        Batch.objects.update(state=Batch.State.REVOKED)

        run_tasks()

        batch.refresh_from_db()
        assert batch.state == Batch.State.REVOKED

    def test_what_is_imported_once_is_not_imported_twice(self, check):
        row = check(many(3))
        imports.import_codes(row, SYSTEM)

        with pytest.raises(VerbRefused):
            imports.import_codes(row, SYSTEM)

        assert Batch.objects.count() == 1

    def test_two_people_who_decide_at_once_make_one_batch(self, check, in_threads):
        row = check(many(3))

        def decide(number):
            try:
                return (imports.import_codes, imports.discard)[number % 2](
                    CodeImport.objects.get(pk=row.pk), SYSTEM
                )
            except VerbRefused:
                return "refused"

        answers = in_threads(4, decide)

        assert answers.count("refused") == 3
        row.refresh_from_db()
        assert Batch.objects.count() == (row.state == "importing")

    def test_without_valid_lines_there_is_nothing_to_import(self, check):
        row = check("!\n")

        with pytest.raises(VerbRefused):
            imports.import_codes(row, SYSTEM)

        row.refresh_from_db()
        assert row.state == "checked"
