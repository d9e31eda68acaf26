"""A partner's list comes in with its mistakes and goes out again: 100,000 lines with --long."""

import csv
from collections.abc import Iterator

import pytest
from django.core.files.storage import default_storage

from backoffice import job_files
from backoffice.audit import SYSTEM
from backoffice.models import Job
from campaigns import exports, imports
from campaigns.models import CodeImport
from tests.worker import run_waiting_tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

# Every hundredth line is wrong, in turn in each of these ways.
MISTAKES = {
    "AB": "No code: 4 to 40",
    "=SUM(A1:A9)": "No code: 4 to 40",
    "PARTNER-000000": "The same code as in line 1.",
    "PÄRTNER": "No code: 4 to 40",
    "ONE,2": "The line has 2 columns instead of 1.",
}


def lines_of(count: int) -> Iterator[tuple[str, str]]:
    """Yield each line and, where it is wrong, how its rejection begins."""
    wrong = list(MISTAKES.items())
    for number in range(count):
        if number % 100 == 99:
            yield wrong[number // 100 % len(wrong)]
        else:
            yield f"PARTNER-{number:06d}", ""


def rejections(row: CodeImport) -> list[tuple[int, str, str]]:
    with default_storage.open(Job.objects.get(pk=row.check_job_id).result_file) as file:
        heading, *lines = csv.reader(file.read().decode("utf-8-sig").splitlines())
    assert heading == ["line", "text", "reason"]
    return [(int(number), text.removeprefix("'"), reason) for number, text, reason in lines]


def bring_in(campaign, given: list[tuple[str, str]]) -> CodeImport:
    row = imports.start_import(
        campaign,
        text="".join(f"{text}\n" for text, _why in given),
        lines=len(given),
        file_name="partner.csv",
        label="Partner",
        max_uses=1,
        act=SYSTEM,
    )
    run_waiting_tasks()
    return CodeImport.objects.get(pk=row.pk)


def test_exactly_the_wrong_lines_are_rejected_and_all_others_come_out_again(
    make_campaign, is_long, record_property
):
    count = 100_000 if is_long else 2_000
    given = list(lines_of(count))
    wrong = [(n, text, why) for n, (text, why) in enumerate(given, start=1) if why]

    row = bring_in(make_campaign(), given)

    found = rejections(row)
    assert [(number, text) for number, text, _ in found] == [(n, text) for n, text, _ in wrong]
    assert all(said.startswith(why) for (_, _, said), (_, _, why) in zip(found, wrong, strict=True))
    assert (row.valid, row.rejected) == (count - count // 100, count // 100)

    batch = imports.import_codes(row, SYSTEM)
    run_waiting_tasks()
    job = exports.export_batch(batch, SYSTEM)
    run_waiting_tasks()
    job.refresh_from_db()

    with default_storage.open(job.result_file) as file:
        codes = [line[0] for line in csv.reader(map(bytes.decode, file))][1:]
    assert codes == [text for text, why in given if not why]
    assert job_files.read_text(job.result_file).count("unused") == len(codes)
    record_property(
        "figures",
        f"import of {count:,} lines: {row.rejected:,} rejected, each as it should be; "
        f"export of {len(codes):,} codes",
    )
