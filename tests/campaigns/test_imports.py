"""Importing existing codes: checked first, then written or discarded, however the worker fares."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from adapters import gates, promo_codes
from adapters.aws import client as aws
from adapters.code_reading import read_codes
from adapters.definitions import name_of
from adapters.promo_codes import PromoCode
from backoffice import job_files, jobs
from backoffice.audit import SYSTEM, Act
from backoffice.models import AuditEvent, Job
from backoffice.verbs import VerbRefused
from campaigns import (
    exports,
    generation,
    import_check,
    import_files,
    import_forms,
    import_write,
    imports,
    redemptions,
    rules,
)
from campaigns.eligibility import Customer
from campaigns.models import Batch, Campaign, CodeImport
from tests.backoffice.doors import do, do_to_many, list_url, page_url, verb_url
from tests.outages import failing
from tests.worker import waiting_tasks

ALICE = Customer("alice@example.com")

pytestmark = pytest.mark.django_db(transaction=True)

LEASE_OVER = timedelta(minutes=1)
WEEK = timedelta(days=7, minutes=1)


class Killed(BaseException):
    """What ends a worker without asking it."""


def form(text, **fields):
    data = text if isinstance(text, bytes) else text.encode()
    values = {"max_uses": "1", "label": "Partner", "reason": "agreed with partner"}
    return {"file": SimpleUploadedFile("partner.csv", data), **values, **fields}


def upload_url(campaign):
    return reverse("admin:campaigns_codeimport_upload", args=(campaign.pk,))


@pytest.fixture
def check(make_campaign, run_tasks):
    """Upload a text and let the worker check it; return the import as it is then."""
    campaigns = []

    def check(text, *, max_uses=1, campaign=None, until_done=True):
        if not campaigns:
            campaigns.append(campaign or make_campaign())
        row = imports.start_import(
            campaigns[0],
            text=text,
            lines=import_forms.import_lines.count_lines(text),
            file_name="partner.csv",
            label="Partner",
            max_uses=max_uses,
            act=Act(None, "agreed"),
        )
        if until_done:
            run_tasks()
        return CodeImport.objects.get(pk=row.pk)

    return check


def many(count, name="PARTNER"):
    return "".join(f"{name}-{number:05d}\n" for number in range(count))


def work(job, times=1):
    """Do the next chunks, as a worker whose messages are lost afterwards."""
    for _ in range(times):
        jobs.run_chunk(Job.objects.get(pk=job.pk))
    waiting_tasks()


def dies_at(monkeypatch, module, name, call=1):
    original, calls = getattr(module, name), []

    def work_until_then(*args, **kwargs):
        calls.append(args)
        if len(calls) == call:
            raise Killed
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, work_until_then)


def sweep_after_the_lease(run_tasks):
    waiting_tasks()
    Job.objects.update(leased_until=timezone.now() - LEASE_OVER)
    jobs.run_due_jobs()
    run_tasks()


def rejected(row):
    """The lines of the file that staff get."""
    text = job_files.read_text(Job.objects.get(pk=row.check_job_id).result_file)
    heading, *lines = csv.reader(io.StringIO(text))
    assert heading == ["line", "text", "reason"]
    return [(int(number), given, reason) for number, given, reason in lines]


def stored(batch=None):
    items = aws("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]
    return {
        item["code"]["S"]
        for item in items
        if "batch" in item and (batch is None or item["batch"]["S"] == batch.public_id)
    }


def listed(batch):
    with default_storage.open(generation.export_file(batch)) as lines:
        return lines.read().decode().splitlines()


def left_files(folder=""):
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    below = [name for each in folders for name in left_files(f"{folder}/{each}".lstrip("/"))]
    return sorted([f"{folder}/{name}" for name in names] + below)


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


class TestDiscarding:
    def test_what_is_discarded_is_deleted_by_the_next_sweep(self, check):
        row = check(many(3) + "!\n")

        imports.discard(row, Act(None, "wrong file"))
        assert (imports.delete_old_files(), job_files.delete_old()) == (1, 1)

        row.refresh_from_db()
        assert (row.state, row.first_rejected, row.files_until) == ("discarded", [], None)
        assert left_files() == []
        assert AuditEvent.objects.get(action="discard import").reason == "wrong file"

    def test_what_nobody_decides_on_is_discarded_after_a_week(self, check):
        row = check(many(3))
        assert imports.delete_old_files() == 0
        CodeImport.objects.update(files_until=timezone.now())

        for _sweep in range(2):
            imports.delete_old_files()
            job_files.delete_old()

        row.refresh_from_db()
        assert row.state == "discarded"
        assert left_files() == []

    def test_a_running_check_is_not_discarded_and_a_cancelled_one_is(self, check, run_tasks):
        row = check(many(3), until_done=False)
        with pytest.raises(VerbRefused):
            imports.discard(row, SYSTEM)

        jobs.cancel(row.check_job, SYSTEM)
        imports.discard(row, SYSTEM)
        imports.delete_old_files()
        job_files.delete_old()

        assert left_files() == []

    def test_a_check_that_is_resumed_after_that_says_so(self, check, run_tasks):
        row = check(many(3), until_done=False)
        jobs.cancel(row.check_job, SYSTEM)
        imports.discard(row, SYSTEM)

        jobs.resume(row.check_job, SYSTEM)
        run_tasks()

        row.check_job.refresh_from_db()
        assert (row.check_job.state, row.check_job.error) == ("failed", "The import was discarded.")

    def test_a_worker_in_the_middle_of_a_piece_is_let_finish(self, check):
        row = check(many(3), until_done=False)
        worker = Job.objects.get(pk=row.check_job_id)
        assert worker.claim()
        jobs.cancel(row.check_job, SYSTEM)
        imports.discard(row, SYSTEM)

        assert imports.delete_old_files() == 0
        worker.give_back()
        assert imports.delete_old_files() == 1

    def test_what_is_being_imported_is_not_discarded(self, check):
        row = check(many(3))
        imports.import_codes(row, SYSTEM)

        with pytest.raises(VerbRefused):
            imports.discard(row, SYSTEM)
        assert imports.delete_old_files() == 0


class TestThePages:
    def test_from_the_file_to_redeemable_codes(self, staff, make_campaign, run_tasks):
        campaign, client = make_campaign(), staff("marketing")
        assert upload_url(campaign) in client.get(page_url(campaign)).content.decode()

        answer = client.post(upload_url(campaign), form("\ufeffcode\nVANITY26\nAB\n"), follow=True)
        run_tasks()
        row = CodeImport.objects.get()
        assert "The file is being checked. No code is written yet." in answer.content.decode()
        assert answer.redirect_chain[-1][0] == page_url(row.check_job)
        assert page_url(row) in client.get(page_url(row.check_job)).content.decode()

        page = client.get(page_url(row)).content.decode()
        assert "1 valid, 1 rejected, of 2 lines" in page
        assert "Import the 1 valid code<" in page
        assert "AB</td>" in page

        page = do(client, "import", row)
        run_tasks()
        assert "1 import has begun." in page
        assert redemptions.redeem_code(
            "Vanity-26", redeemed_by="a", customer=ALICE, now=timezone.now()
        )
        events = AuditEvent.objects.exclude(action__contains="campaign")
        assert [(event.action, event.actor_name) for event in events] == [
            ("import codes", "staff"),
            ("start import-codes", "staff"),
            ("start check-codes", "staff"),
        ]
        assert events[2].reason == "agreed with partner"

    def test_the_rejected_lines_are_downloaded_and_the_trail_says_so(
        self, staff, check, make_campaign
    ):
        row, client = check("SUMMER26\n!\n"), staff("marketing")
        page = client.get(page_url(row))

        answer = client.get(page.context["reject_file"])

        assert b"".join(answer.streaming_content).splitlines()[1].startswith(b"2,!,No code")
        assert "rejected-" in answer["Content-Disposition"]
        assert AuditEvent.objects.filter(action="download rejected lines").count() == 1

    def test_discarding_is_one_button_away(self, staff, check):
        row = check(many(3))

        page = do_to_many(staff("marketing"), "discard", row)

        assert "1 import is discarded." in page

    def test_who_may_not_make_codes_reads_counts_and_no_code(self, staff, check):
        row = check("SUMMER26\nSECRET!26\n")
        client = staff("support", "view_job")

        page = client.get(page_url(row)).content.decode()

        assert "1 valid, 1 rejected, of 2 lines" in page
        assert "SECRET" not in page
        assert "/result/" not in page
        assert verb_url(row, "import") not in page

    @pytest.mark.parametrize("role", ["support", "operations", "auditor"])
    def test_who_may_not_make_codes_uploads_nothing(self, staff, make_campaign, role):
        campaign, client = make_campaign(), staff(role)

        answers = [
            client.get(upload_url(campaign)),
            client.post(upload_url(campaign), form("AAAA")),
        ]

        assert [answer.status_code for answer in answers] == [403, 403]
        assert upload_url(campaign) not in client.get(page_url(campaign)).content.decode()
        assert not CodeImport.objects.exists()

    @pytest.mark.parametrize("role", ["marketing", "admin"])
    def test_who_may_make_codes_opens_the_form(self, staff, make_campaign, role):
        page = staff(role).get(upload_url(make_campaign(default_max_uses=4)))

        assert page.status_code == 200
        assert page.context["form"]["max_uses"].value() == 4
        assert 'enctype="multipart/form-data"' in page.content.decode()

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"file": ""}, "This field is required."),
            ({"file": SimpleUploadedFile("a.csv", "Käse".encode("latin-1"))}, "not in UTF-8"),
            ({"file": SimpleUploadedFile("a.csv", b"code,max\nA,1")}, "found: max."),
            ({"file": SimpleUploadedFile("a.csv", b"\n\n")}, "There is no code in this file."),
            ({"max_uses": "0"}, "greater than or equal to 1"),
            ({"reason": ""}, "This field is required."),
        ],
    )
    def test_what_cannot_be_read_is_said_beside_the_form(
        self, staff, make_campaign, fields, sentence
    ):
        for value in fields.values():
            if hasattr(value, "seek"):
                value.seek(0)

        answer = staff("marketing").post(upload_url(make_campaign()), form("SUMMER26", **fields))

        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert not CodeImport.objects.exists()

    def test_a_file_that_is_too_large_is_said_so(self, staff, make_campaign, monkeypatch):
        monkeypatch.setattr(import_forms.import_lines, "MOST_BYTES", 10_240)

        answer = staff("marketing").post(upload_url(make_campaign()), form("A" * 10_241))

        assert "The file is larger than 10.0" in answer.content.decode()

    def test_nothing_is_imported_into_an_archived_campaign(self, staff, make_campaign):
        campaign, client = make_campaign(state="archived"), staff("marketing")

        assert client.get(upload_url(campaign)).status_code == 404
        assert upload_url(campaign) not in client.get(page_url(campaign)).content.decode()

    def test_what_was_checked_before_the_archive_is_not_imported_after_it(self, check):
        row = check(many(3))
        Campaign.objects.update(state=Campaign.State.ARCHIVED)

        with pytest.raises(VerbRefused, match="archived"):
            imports.import_codes(row, SYSTEM)

        row.refresh_from_db()
        assert (row.state, row.batch) == (CodeImport.State.CHECKED, None)

    def test_the_list_says_how_each_stands(self, staff, check):
        row = check(many(3))

        page = staff("auditor").get(list_url(row)).content.decode()

        assert "Partner" in page
        assert "Checked" in page
