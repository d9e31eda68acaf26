"""Usage that is about to be lost, or is: marked once, and told to staff by one mail an hour."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.metering import alarms
from marketplace.metering.rows import MeteredHour
from tenants.models import Message
from tests.metering import HOUR

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
State = MeteredHour.State


ALARMS = {
    "late": lambda: {"deadline_at": timezone.now() + 3 * HOUR},
    "being sent, and late": lambda: {
        "state": State.SENDING,
        "deadline_at": timezone.now() + 3 * HOUR,
    },
    "past its deadline": lambda: {"deadline_at": timezone.now() - HOUR},
    "rejected": lambda: {"state": State.REJECTED, "trouble": "CustomerNotSubscribed"},
    "another quantity": lambda: {"state": State.DUPLICATE},
    "too late": lambda: {"state": State.EXPIRED},
    "uncollected": lambda: {"state": State.ACCEPTED, "uncollected": 3},
}
DOES_NOT = {
    "has time": dict,
    "was closed just now": lambda: {
        "deadline_at": timezone.now() + 40 * MINUTE,
        "closed_at": timezone.now() - 5 * MINUTE,
    },
    "accepted": lambda: {"state": State.ACCEPTED, "deadline_at": timezone.now() - HOUR},
    "nothing to bill": lambda: {"state": State.FREE, "deadline_at": timezone.now() - HOUR},
}


@pytest.mark.parametrize("case", ALARMS)
def test_alarms_once(make_hour, case):
    found = make_hour(**ALARMS[case]())

    assert alarms.raise_due() == 1
    found.refresh_from_db()
    assert found.alarmed_at
    assert alarms.raise_due() == 0
    assert Message.objects.filter(kind="metering_notice").count() == 1


@pytest.mark.parametrize("case", DOES_NOT)
def test_alarms_nobody(make_hour, case):
    make_hour(**DOES_NOT[case]())

    assert alarms.raise_due() == 0
    assert not Message.objects.exists()


def test_many_alarms_of_an_hour_are_one_mail_for_each_of_the_staff(make_hour, settings):
    settings.METERING_NOTICES = ["ops@gatehouse.example", "finance@gatehouse.example"]
    for _ in range(3):
        make_hour(state=State.REJECTED)
        alarms.raise_due()

    assert Message.objects.filter(kind="metering_notice").count() == 2


def test_the_mail_says_what_is_late_and_what_is_lost(make_hour, cloud, run_tasks, settings):
    settings.STAFF_URL = "https://staff.example"
    make_hour(deadline_at=timezone.now() + 3 * HOUR)
    make_hour(state=State.REJECTED, quantity=41, trouble="CustomerNotSubscribed")
    alarms.raise_due()

    run_tasks()

    [mail] = cloud.mails("support@gatehouse.example")
    assert mail["subject"] == "Usage is lost at AWS Marketplace"
    for part in (mail["text"], mail["html"]):
        assert "Ames Optics" in part
        assert "7 units" in part
        assert "41 units" in part
        assert "CustomerNotSubscribed" in part
        assert "https://staff.example/admin/marketplace/agreement/inbox/" in part


def test_what_has_arrived_before_the_mail_goes_out_is_said(make_hour, cloud, run_tasks):
    make_hour(deadline_at=timezone.now() + 3 * HOUR)
    alarms.raise_due()
    MeteredHour.objects.update(state=State.ACCEPTED)

    run_tasks()

    [mail] = cloud.mails("support@gatehouse.example")
    assert "There is nothing to do" in mail["text"]
