"""A month held side by side, and counters that are read once more."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from marketplace.metering import comparing
from marketplace.metering.closing import close_due
from marketplace.metering.rows import Meter, MeteredHour
from marketplace.models import Agreement, AgreementSearch
from tenants import sweep
from tenants.errors import NotPossible
from tests import buyers
from tests.backoffice.doors import do, verb_url
from tests.metering import HOUR, due_again, hours_ago, meter_now, metered_since, use

pytestmark = pytest.mark.django_db(transaction=True)

# So far from now that nothing is read again by itself, and in one month.
LONG_AGO = timezone.now().replace(day=15, hour=12, minute=0, second=0, microsecond=0)
LONG_AGO = LONG_AGO if timezone.now() - timedelta(days=2) > LONG_AGO else LONG_AGO - 31 * 24 * HOUR
MONTH = f"{LONG_AGO:%Y-%m}"


@pytest.fixture
def agreement(arrive, buy, cloud, monkeypatch):
    """Of a listing that sends nothing for an idle hour."""
    monkeypatch.setattr("marketplace.metering.sending.BETWEEN_CALLS", 0)
    bought = buy(buyers.LEGACY)
    bought.starts_at = LONG_AGO - 10 * HOUR
    buyers.fill_in(arrive(bought), company="=Sum Robotics")
    sweep.run_due()
    return Agreement.objects.get()


def compared(job, run_tasks):
    run_tasks()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    with default_storage.open(job.result_file) as file:
        return list(csv.DictReader(io.StringIO(file.read().decode())))


def test_the_file_has_what_was_counted_billed_and_lost(agreement, run_tasks):
    use(agreement, 3, at=LONG_AGO)
    metered_since(agreement, LONG_AGO)
    close_due(LONG_AGO + 2 * HOUR, renew=lambda: None)
    MeteredHour.objects.filter(used=3).update(state="rejected")
    Meter.objects.update(next_hour=hours_ago(1), due_at=None)

    [line] = compared(comparing.COMPARISON.start(agreement, SYSTEM, month=MONTH), run_tasks)

    assert line["customer"] == "'=Sum Robotics"
    assert line["agreement"] == str(agreement)
    amounts = ("counted by the API", "counted in the ledger", "to bill", "accepted by AWS", "lost")
    assert [line[name] for name in amounts] == ["3", "3", "3", "0", "3"]
    assert line["what it means"] == "Something is lost: the ledger says what and why."


def test_what_came_too_late_for_any_hour_is_named_and_read_again(
    agreement, run_tasks, cloud, staff
):
    use(agreement, 3, at=LONG_AGO)
    Meter.objects.update(next_hour=hours_ago(1))
    [line] = compared(comparing.COMPARISON.start(agreement, SYSTEM, month=MONTH), run_tasks)
    assert (line["difference"], line["accepted by AWS"]) == ("3", "0")
    assert "have the counters read again" in line["what it means"]

    do(staff("operations"), "reread", agreement, reason="A late counter", month=MONTH)
    _let_the_hour_pass()
    meter_now()

    assert sum(int(one.quantity) for one in cloud.marketplace.usage.values()) == 3
    [line] = compared(comparing.COMPARISON.start(agreement, SYSTEM, month=MONTH), run_tasks)
    assert line["difference"] == "0"
    assert AuditEvent.objects.get(action="read counters again").after["from"].startswith(MONTH)
    assert Meter.objects.get().reread_from is None


def _let_the_hour_pass():
    """Let the last whole hour be open, and due."""
    due_again()
    Meter.objects.update(next_hour=hours_ago(2))


def test_reading_again_twice_bills_once(agreement, cloud):
    use(agreement, 3, at=LONG_AGO)
    for _ in range(2):
        comparing.reread(agreement, SYSTEM, month=MONTH)
        _let_the_hour_pass()
        meter_now()

    assert sum(int(one.quantity) for one in cloud.marketplace.usage.values()) == 3


def test_a_request_that_comes_while_counters_are_read_is_for_the_next_time(agreement):
    def read(tenant_id, since):
        comparing.reread(agreement, SYSTEM, month=MONTH)
        return []

    Meter.objects.update(due_at=timezone.now() - HOUR)
    close_due(timezone.now(), renew=lambda: None, read=read)

    assert Meter.objects.get().reread_from is not None


def test_a_listing_is_compared_with_all_its_agreements(agreement, run_tasks):
    search = AgreementSearch.objects.get(product_code=buyers.LEGACY)

    lines = compared(comparing.COMPARISON.start(search, SYSTEM, month=MONTH), run_tasks)

    assert [line["agreement"] for line in lines] == [str(agreement)]
    assert lines[0]["what it means"] == "All agree."


@pytest.mark.parametrize("month", ["2026", "2026-13", "soon", ""])
def test_what_is_no_month_is_refused(agreement, month):
    with pytest.raises(NotPossible):
        comparing.COMPARISON.start(agreement, SYSTEM, month=month)


def test_a_listing_that_nobody_used_has_nothing_to_compare():
    search = AgreementSearch.objects.create(product_code=buyers.CONTRACT)

    with pytest.raises(NotPossible):
        comparing.COMPARISON.start(search, SYSTEM, month=MONTH)


def test_support_takes_no_usage_away(agreement, staff):
    assert staff("support").get(verb_url(agreement, "compare")).status_code == 403
