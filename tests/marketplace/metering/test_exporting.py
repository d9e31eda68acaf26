"""Every hour of the ledger in a month, as a file."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from marketplace.metering import exporting
from marketplace.metering.rows import Meter, MeteredHour
from marketplace.models import AgreementSearch
from tenants.errors import NotPossible
from tests import buyers
from tests.backoffice import rows
from tests.backoffice.doors import do, verb_url

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
MONTH = f"{FIRST:%Y-%m}"
HOUR = timedelta(hours=1)


@pytest.fixture
def agreement(db):
    found = rows.an_agreement(tenant=rows.a_customer("=Sum Robotics"), account_id="111122223333")
    Meter.objects.create(agreement=found, next_hour=FIRST + 2 * HOUR)
    return found


def an_hour(agreement, at, **values):
    given = {"dimension": "units", "quantity": 5, "used": 7, "counted": 7, "state": "accepted"}
    return MeteredHour.objects.create(
        agreement=agreement,
        hour=at,
        billed_to=agreement.source or agreement.agreement_id,
        deadline_at=at + 25 * HOUR,
        **{**given, **values},
    )


def exported(of, run_tasks, month=MONTH):
    job = exporting.HOURS.start(of, SYSTEM, month=month)
    run_tasks()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    with default_storage.open(job.result_file) as file:
        return list(csv.DictReader(io.StringIO(file.read().decode())))


def test_each_hour_of_the_month_is_a_line_and_no_other(agreement, run_tasks):
    an_hour(agreement, FIRST - HOUR)
    an_hour(agreement, FIRST + HOUR, state="rejected", trouble="InvalidTag: no such tag")
    an_hour(agreement, FIRST, record_id="r-1", settled_at=FIRST + 2 * HOUR, attempts=1)

    first, second = exported(agreement, run_tasks)

    assert first["hour (UTC)"] == f"{FIRST:%Y-%m-%dT%H:%M:%SZ}"
    assert (first["customer"], first["AWS account"]) == ("'=Sum Robotics", "111122223333")
    assert (first["counted"], first["used"], first["to bill"]) == ("7", "7", "5")
    assert (first["state"], first["AWS's record"], first["attempts"]) == ("Accepted", "r-1", "1")
    assert (second["state"], second["trouble"]) == ("Rejected", "InvalidTag: no such tag")
    assert second["settled"] == ""


def test_the_next_month_has_what_began_in_it(agreement, run_tasks):
    last = (FIRST - HOUR).replace(day=1)
    an_hour(agreement, FIRST)
    an_hour(agreement, FIRST - HOUR, used=1)

    lines = exported(agreement, run_tasks, f"{last:%Y-%m}")

    assert [line["used"] for line in lines] == ["1"]


def test_a_listing_has_the_hours_of_all_its_agreements(run_tasks):
    for number in range(exporting.HOURS.chunk + 1):
        tenant = rows.a_customer(f"Company {number}", f"person{number}@example.com")
        one = rows.an_agreement(tenant=tenant, product_code=buyers.SUBSCRIPTION)
        Meter.objects.create(agreement=one, next_hour=FIRST)
        an_hour(one, FIRST, used=number)
    other = rows.an_agreement(product_code=buyers.CONTRACT)
    Meter.objects.create(agreement=other, next_hour=FIRST)
    an_hour(other, FIRST)
    search = AgreementSearch.objects.create(product_code=buyers.SUBSCRIPTION)

    lines = exported(search, run_tasks)

    assert [int(line["used"]) for line in lines] == list(range(exporting.HOURS.chunk + 1))


def test_operations_start_it_and_the_trail_says_so(agreement, staff, run_tasks):
    do(staff("operations"), "export", agreement, reason="The auditor asks", month=MONTH)

    assert Job.objects.get().kind == "export-ledger"
    assert AuditEvent.objects.filter(reason="The auditor asks").exists()


def test_support_takes_no_hours_away(agreement, staff):
    assert staff("support").get(verb_url(agreement, "export")).status_code == 403


def test_what_nobody_used_has_no_file():
    with pytest.raises(NotPossible):
        exporting.HOURS.start(rows.an_agreement(), SYSTEM, month=MONTH)
