"""While AWS refuses everything, it is left in peace, but not for longer than the usage can wait."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.metering import running
from marketplace.metering.rows import MeteredHour, Metering
from tests.metering import HOUR, meter_now

pytestmark = pytest.mark.django_db(transaction=True)

NOW = "2026-11-20 10:00:05Z"


@pytest.fixture(autouse=True)
def still(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def refused(monkeypatch):
    def refuse(*args, **kwargs):
        raise running.sending.Paused("AccessDeniedException")

    monkeypatch.setattr(running.sending, "send_due", refuse)


@pytest.mark.parametrize(
    ("left", "minutes"), [(20 * HOUR, 15), (HOUR, 6), (HOUR / 3, 2), (HOUR / 60, 0.5)]
)
def test_the_nearer_the_deadline_the_shorter_the_pause(make_hour, refused, left, minutes):
    now = timezone.now()
    make_hour(deadline_at=now + left, next_attempt_at=now)
    make_hour(deadline_at=now + 22 * HOUR, next_attempt_at=now)
    make_hour(deadline_at=now + HOUR / 100, state=MeteredHour.State.ACCEPTED)

    meter_now()

    assert Metering.objects.get().paused_until - now == timedelta(minutes=minutes)


def test_what_is_past_its_deadline_hurries_nobody(make_hour, refused):
    now = timezone.now()
    make_hour(deadline_at=now - HOUR, next_attempt_at=now)

    meter_now()

    assert Metering.objects.get().paused_until - now == running.PAUSE_REFUSED
