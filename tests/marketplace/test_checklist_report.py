"""What comes of a case, and the report that is written of it."""

import json
from datetime import UTC, datetime

import pytest

from adapters.errors import TryLater
from marketplace.checklist import life, listing, registration
from marketplace.checklist.cases import Case, Unmet, Verdict
from marketplace.checklist.report import write_report
from marketplace.checklist.running import run_cases

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def case(look=None, **how) -> Case:
    return Case("a-case", "Registration", "Customers can register.", "checklist", look, **how)


def found(look=None, **how):
    (finding,) = run_cases([case(look, **how)], scene="the scene")
    return finding


def test_a_case_passes_by_what_it_saw():
    def look(scene, notes):
        notes.do(f"Went to {scene}.")
        notes.see([1], "It was there.")

    finding = found(look)

    assert finding.verdict == Verdict.PASSED
    assert (finding.did, finding.saw) == (["Went to the scene."], ["It was there."])


def test_a_case_fails_at_the_first_thing_that_is_not_so():
    def look(scene, notes):
        notes.see(True, "First.")
        notes.see(0, "The page is there.")
        notes.see(True, "Never said.")

    finding = found(look)

    assert (finding.verdict, finding.wrong) == (Verdict.FAILED, "Not so: The page is there.")
    assert finding.saw == ["First."]


@pytest.mark.parametrize("error", [Unmet("a mail came"), TryLater("nobody answers")])
def test_a_failed_case_keeps_nobody_from_the_next(error):
    def fails(scene, notes):
        raise error

    cases = [case(fails), case(lambda scene, notes: None)]

    verdicts = [finding.verdict for finding in run_cases(cases, None)]

    assert verdicts == [Verdict.FAILED, Verdict.PASSED]


def test_what_only_a_person_can_do_is_no_pass():
    assert found(by_hand="Look at the bill.").verdict == Verdict.BY_HAND


def test_every_case_is_named_once_and_says_how_a_person_does_it():
    cases = listing.simulated_cases()

    keys = [one.key for one in cases]

    assert len(keys) == len(set(keys))
    assert all(one.by_hand for one in (*registration.CASES, *life.CASES))
    assert all(one.look or one.by_hand for one in cases)
    assert all(one.source_url.startswith("https://docs.aws.amazon.com/") for one in cases)


def test_the_report_is_two_files_that_say_the_same(tmp_path):
    cases = [
        case(lambda scene, notes: notes.see(True, "A <b>form</b> came.")),
        case(by_hand="Look at the bill."),
    ]
    findings = list(run_cases(cases, None))

    page, data = write_report(tmp_path / "new", findings, subject="A listing", at=NOW)

    said = json.loads(data.read_text())
    html = page.read_text()
    assert said["summary"] == {"passed": 1, "failed": 0, "by hand": 1}
    assert [one["verdict"] for one in said["cases"]] == ["passed", "by hand"]
    assert said["cases"][0]["seen"] == ["A <b>form</b> came."]
    assert all(
        word in html for word in ("A listing", "Customers can register.", "Look at the bill.")
    )
    assert "A &lt;b&gt;form&lt;/b&gt; came." in html
    assert "<script" not in html
    assert "http:" not in html
