"""The alarm when codes are refused in numbers: a broken campaign, or somebody who tries codes."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.utils import timezone

from campaigns.models import CheckPulse, RefusalAlarm

log = logging.getLogger(__name__)

WINDOW = timedelta(minutes=5)
PULSES_KEPT = timedelta(hours=1)
# How long staff pages show an alarm.
SHOWN = timedelta(days=1)


@dataclass(frozen=True)
class Checks:
    total: int = 0
    refused: int = 0

    def __add__(self, other: "Checks") -> "Checks":
        return Checks(self.total + other.total, self.refused + other.refused)

    @property
    def are_alarming(self) -> bool:
        """Whether so many of the checks of one WINDOW were refused that somebody should look."""
        minutes = WINDOW.total_seconds() / 60
        most: float = settings.ALARM_REFUSALS_PER_MINUTE * minutes
        largest_share: float = settings.ALARM_REFUSED_PERCENT / 100
        return self.refused > most and self.refused > largest_share * self.total


def watch(checks: dict[str, Checks], *, since: datetime, now: datetime) -> None:
    """Take in what happened between two copies, and raise an alarm where it is due.

    After a long pause only the part of it counts that fits into WINDOW, evenly shared out: nobody
    knows when in the pause it happened.
    """
    share = min(1.0, WINDOW / (now - since)) if now > since else 1.0
    CheckPulse.objects.bulk_create(
        CheckPulse(
            campaign=campaign,
            at=now,
            checks=round(counted.total * share),
            refused=round(counted.refused * share),
        )
        for campaign, counted in checks.items()
    )
    CheckPulse.objects.filter(at__lt=now - PULSES_KEPT).delete()
    recent = CheckPulse.objects.filter(at__gt=now - WINDOW).values_list("campaign").order_by()
    for campaign, total, refused in recent.annotate(Sum("checks"), Sum("refused")):
        if Checks(total, refused).are_alarming:
            _raise(campaign, Checks(total, refused), now)


def recent_alarms() -> QuerySet[RefusalAlarm]:
    return RefusalAlarm.objects.filter(raised_at__gt=timezone.now() - SHOWN)


def untold_alarms() -> QuerySet[RefusalAlarm]:
    """Return recent alarms of which nobody has settled yet who gets a mail, oldest first."""
    return recent_alarms().filter(told_at=None).order_by("raised_at")


def settle(alarm: RefusalAlarm) -> bool:
    """Say that it is settled who gets a mail; False if another worker was faster."""
    rows = RefusalAlarm.objects.filter(pk=alarm.pk, told_at=None)
    return bool(rows.update(told_at=timezone.now()))


def _raise(campaign: str, checks: Checks, now: datetime) -> None:
    """Keep one alarm an hour; the line in the log is what an operator's metric counts."""
    _row, is_new = RefusalAlarm.objects.get_or_create(
        campaign=campaign,
        hour=now.replace(minute=0, second=0, microsecond=0),
        defaults={"raised_at": now, "checks": checks.total, "refused": checks.refused},
    )
    if is_new:
        said = "metric refusal_alarm: campaign %s, %d of %d checks refused in five minutes"
        log.error(said, campaign, checks.refused, checks.total)
