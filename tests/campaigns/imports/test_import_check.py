"""An import is checked first, and every line that is wrong is given back with its reason."""

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from adapters import promo_codes
from adapters.promo_codes import PromoCode
from backoffice import jobs
from backoffice.models import AuditEvent, Job
from campaigns import (
    import_check,
    import_files,
    rules,
)
from campaigns.models import Batch
from tests.campaigns.imports.importing import (
    Killed,
    dies_at,
    left_files,
    many,
    rejected,
    stored,
    sweep_after_the_lease,
    work,
)
from tests.outages import failing
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)


class TestTheCheck:
    def test_a_thousand_lines_with_ten_bad_ones_give_exactly_those_ten(
        self, check, make_campaign, make_code
    ):
        campaign = make_campaign()
        exists = make_code(campaign)
        generated = next(rules.draw_codes("AUTUMN", b"seed", 1))
        lines = many(1000).splitlines()
        bad = {
            3: ("ABC", "No code: 4 to 40"),
            77: ("=SUM(A1:A9)", "No code: 4 to 40"),
            100: (exists, "It looks like a generated code of ours, and"),
            200: ("partner 00004", "The same code as in line 5."),
            500: ("HELL0-W0RLD", "The code exists already."),
            501: ("PARTNER-1,2", "The line has 2 columns instead of 1."),
            998: (generated, "It looks like a generated code of ours, and"),
            999: (generated[:-1] + "U", "It looks like a generated code of ours with a typing"),
            1000: ("PARTNER-00499", "The code exists already."),
            700: ("PÄRTNER", "No code: 4 to 40"),
        }
        for number, (text, _reason) in bad.items():
            lines[number - 1] = text
        put = [
            PromoCode(code, "c", "b", 1, created_at=timezone.now())
            for code in ("HE110W0R1D", "PARTNER00499")
        ]
        promo_codes.insert_codes(put)

        row = check("\n".join(lines), campaign=campaign)

        found = rejected(row)
        assert [number for number, _given, _reason in found] == sorted(bad)
        for number, given, reason in found:
            text, why = bad[number]
            assert given.removeprefix("'") == text
            assert reason.startswith(why)
        assert (row.state, row.lines, row.valid, row.rejected) == ("checked", 1000, 990, 10)

    def test_a_check_writes_no_code_and_leaves_the_upload_nowhere(self, check):
        row = check(many(3))

        assert stored() == set()
        assert import_files.upload(row) not in left_files()
        assert not Batch.objects.exists()

    def test_a_text_that_is_a_formula_is_harmless_in_the_file(self, check):
        row = check("SUMMER26\n=HYPERLINK(1)\n-1+1\n@SUM\n")

        assert [given for _number, given, _reason in rejected(row)] == [
            "'=HYPERLINK(1)",
            "'-1+1",
            "'@SUM",
        ]

    def test_marks_that_look_like_line_ends_do_not_upset_the_list(self, check):
        row = check("SUMMER26\nA\x0bB\x1c!\nC\u2028D\x85!\n")

        assert [number for number, _given, _reason in rejected(row)] == [2, 3]

    def test_rejected_lines_of_several_pieces_come_in_the_order_of_the_file(
        self, check, monkeypatch
    ):
        monkeypatch.setattr(import_files, "PIECE", 3)
        codes = [
            PromoCode(f"PARTNER0000{n}", "c", "b", 1, created_at=timezone.now()) for n in (1, 5)
        ]
        promo_codes.insert_codes(codes)
        lines = many(8).splitlines()
        lines[0] = lines[4] = "!"

        row = check("\n".join(lines))

        assert [number for number, _given, _reason in rejected(row)] == [1, 2, 5, 6]
        assert (row.valid, row.rejected) == (4, 4)

    def test_the_first_twenty_are_kept_for_the_page(self, check):
        row = check("!\n" * 30 + "SUMMER26\n")

        assert len(row.first_rejected) == 20
        assert row.first_rejected[0][:2] == ["1", "!"]

    @pytest.mark.parametrize(
        ("module", "name", "call"),
        [
            (import_files, "store_lines", 1),
            (import_files, "store_lines", 4),
            (import_files, "store_rejected", 2),
            (import_files, "store_rejected", 5),
            (import_check, "read_codes", 1),
            (import_check, "read_codes", 3),
            (import_files, "write_reject_file", 1),
            (import_files, "count_rejected", 1),
            (FileSystemStorage, "delete", 1),
        ],
    )
    def test_a_check_that_died_is_whole_in_the_end(
        self, check, run_tasks, monkeypatch, module, name, call
    ):
        monkeypatch.setattr(import_files, "PIECE", 10)
        row = check(many(24) + "!\nPARTNER 00001\n", until_done=False)
        with monkeypatch.context() as patch:
            dies_at(patch, module, name, call)
            with pytest.raises(Killed):
                work(row.check_job, 9)

        sweep_after_the_lease(run_tasks)

        row.refresh_from_db()
        assert (row.state, row.valid, row.rejected) == ("checked", 24, 2)
        assert [number for number, _given, _reason in rejected(row)] == [25, 26]
        assert import_files.upload(row) not in left_files()

    def test_a_redelivered_piece_changes_nothing(self, check, run_tasks, monkeypatch):
        monkeypatch.setattr(import_files, "PIECE", 10)
        row = check(many(24) + "!\n", until_done=False)
        work(row.check_job, 3)
        Job.objects.update(next_chunk=1, done=0)

        jobs.run_due_jobs()
        run_tasks()

        row.refresh_from_db()
        assert (row.valid, row.rejected, row.check_job.percent) == (24, 1, 100)

    def test_a_busy_dynamodb_puts_the_check_off(self, check, run_tasks):
        row = check(many(3), until_done=False)
        with failing("dynamodb", "BatchGetItem", "InternalServerError"):
            work(row.check_job, 2)
        row.refresh_from_db()
        assert (row.state, row.check_job.state) == ("checking", "running")

        jobs.run_due_jobs()
        run_tasks()

        row.refresh_from_db()
        assert row.state == "checked"

    def test_codes_are_in_no_job_no_message_and_no_trail(self, check):
        row = check("VANITY-2026\n", until_done=False)

        messages = waiting_tasks()

        kept = f"{messages} {vars(row)} {vars(row.check_job)}"
        kept += str([vars(event) for event in AuditEvent.objects.all()])
        assert "VANITY" not in kept
