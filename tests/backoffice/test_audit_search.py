"""The trail is searched by who, what, which row, which request and when, and taken along as CSV."""

import csv
import io
import json

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.urls import reverse

from backoffice import audit, audit_export, audit_search
from backoffice.audit import Act, Thing
from backoffice.audit_search import Wanted
from backoffice.models import AuditEvent, Job
from backoffice.request_ids import current_request_id

pytestmark = pytest.mark.django_db(transaction=True)

EXPORT = "admin:backoffice_auditevent_export"


@pytest.fixture
def trail(time_machine):
    """Ten days, a line each: even ones by Anna, odd ones by Bob."""
    for day in range(1, 11):
        time_machine.move_to(f"2026-11-{day:02d} 09:00:00Z", tick=False)
        token = current_request_id.set(f"request-{day}")
        act = Act(None, "=cmd()", name="bob" if day % 2 else "anna")
        after = {"day": day, "city": "Zürich"}
        audit.record_outside(act, f"act {day % 3}", Thing("Gate", f"row-{day}", "G"), after=after)
        current_request_id.reset(token)


def days(wanted: Wanted) -> list[int]:
    return [event.after["day"] for event in audit_search.find(wanted).order_by("pk")]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted("anna"), [2, 4, 6, 8, 10]),
        (Wanted("act 0"), [3, 6, 9]),
        (Wanted(" row-7 "), [7]),
        (Wanted("request-5"), [5]),
        (Wanted("ann"), []),
        (Wanted(since="2026-11-09"), [9, 10]),
        (Wanted(until="2026-11-02"), [1, 2]),
        (Wanted("bob", "2026-11-03", "2026-11-07"), [3, 5, 7]),
        (Wanted(since="2026-11-11"), []),
        (Wanted(until="2026-10-31"), []),
        (Wanted(since="last week"), []),
        (Wanted(since="2026-02-31"), []),
    ],
    ids=str,
)
def test_what_is_looked_for_is_found(trail, wanted, found):
    assert days(wanted) == found


def test_the_list_takes_the_same_questions(trail, staff):
    url = reverse("admin:backoffice_auditevent_changelist")

    page = staff("auditor").get(f"{url}?q=bob&since=2026-11-03&until=2026-11-07")

    assert [row.after["day"] for row in page.context["cl"].result_list] == [7, 5, 3]
    assert f"{reverse(EXPORT)}?q=bob&amp;since=2026-11-03&amp;until=2026-11-07" in (
        page.content.decode()
    )


@pytest.mark.parametrize("wanted", [Wanted("anna"), Wanted("anna", "2026-11-02", "2026-11-04")])
def test_no_search_reads_the_whole_table(trail, wanted):
    rows = list(AuditEvent.objects.values("at", "actor_name", "action", "target_id", "target_name"))
    AuditEvent.objects.bulk_create(
        AuditEvent(**{**row, "actor_name": f"person {number}"})
        for number in range(300)
        for row in rows
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE backoffice_auditevent")

    plan = audit_search.find(wanted).order_by("-pk")[:100].explain()

    assert "Seq Scan" not in plan
    assert not any(
        "SCAN backoffice_auditevent" in line and "USING" not in line for line in plan.split("\n")
    ), plan


def test_an_export_is_a_job_with_a_file_that_opens_in_a_spreadsheet(
    trail, staff, run_tasks, monkeypatch
):
    monkeypatch.setattr(audit_export, "CHUNK", 2)
    client = staff("auditor")
    url = reverse(EXPORT) + "?q=bob&since=2026-11-03"

    assert client.get(url).status_code == 200
    answer = client.post(url, {"confirmed": "yes", "reason": "yearly audit"})
    run_tasks()

    job = Job.objects.get(kind="export-audit")
    assert answer["Location"] == reverse("admin:backoffice_job_change", args=(job.pk,))
    lines = list(csv.DictReader(io.StringIO(default_storage.open(job.result_file).read().decode())))
    assert [line["target_id"] for line in lines] == ["row-3", "row-5", "row-7", "row-9"]
    assert json.loads(lines[0]["after"]) == {"day": 3, "city": "Zürich"}
    assert (lines[0]["reason"], lines[0]["at"]) == ("'=cmd()", "2026-11-03T09:00:00+00:00")
    assert AuditEvent.objects.filter(reason="yearly audit", actor=client.user).exists()


def test_an_export_of_nothing_says_so(trail, staff):
    answer = staff("auditor").post(
        reverse(EXPORT) + "?q=nobody", {"confirmed": "yes", "reason": "why"}, follow=True
    )

    assert "There is no line like that." in answer.content.decode()
    assert not Job.objects.exists()
