"""Lines of the audit trail go when a stage has kept them long enough, and not within a year."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from backoffice import audit, audit_retention
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from tenants import sweep

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trail(time_machine):
    """One line for each of these ages in days."""

    def write(*ages: int) -> None:
        row = Job.objects.create(kind="paint", title="Gate")
        now = datetime.now(UTC)
        for age in ages:
            time_machine.move_to(now - timedelta(days=age), tick=False)
            audit.record(SYSTEM, f"day {age}", row)
        time_machine.move_to(now)

    return write


def left() -> set[str]:
    return set(AuditEvent.objects.values_list("action", flat=True))


def test_the_sweep_forgets_what_is_older_than_it_is_kept(trail):
    trail(0, 729, 731, 2000)

    found = sweep.run_due()

    assert found["old audit events"] == 2
    assert left() == {"day 0", "day 729"}


def test_a_stage_keeps_its_trail_as_long_as_it_says(trail, settings):
    settings.AUDIT_DAYS = 3000
    trail(2000)

    assert audit_retention.forget_old() == 0


def test_the_database_keeps_a_year_whatever_a_setting_says(trail, settings):
    settings.AUDIT_DAYS = 100
    trail(200, 300)

    with pytest.raises(DatabaseError, match="never deleted"):
        audit_retention.forget_old()

    assert left() == {"day 200", "day 300"}


def test_the_command_forgets_all_that_is_due(trail, monkeypatch):
    monkeypatch.setattr(audit_retention, "AT_ONCE", 2)
    trail(1, 800, 801, 802, 803, 804)
    said = StringIO()

    call_command("forget_old_events", stdout=said)

    assert (said.getvalue(), left()) == ("Forgotten: 5\n", {"day 1"})


def test_the_plan_deletes_nothing(trail):
    trail(800, 801)
    said = StringIO()

    call_command("forget_old_events", "--plan", stdout=said)

    assert (said.getvalue(), len(left())) == ("Due: 2\n", 2)
