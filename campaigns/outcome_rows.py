"""Copies, for staff, of what was counted in DynamoDB. Campaigns and batches stand by public id:
whoever tries codes that do not exist has neither."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.leases import Leased
from campaigns.outcomes import NOBODYS


class Outcome(models.Model):
    """How often a step ended in one way on one day (UTC), by campaign and batch."""

    day = models.DateField(_("day"))
    campaign = models.CharField(max_length=12)
    batch = models.CharField(max_length=12)
    step = models.CharField(_("step"), max_length=10)
    reason = models.CharField(_("ended as"), max_length=20)
    count = models.PositiveIntegerField(_("count"))

    class Meta:
        ordering: ClassVar = ["-day", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "campaign", "batch", "step", "reason"], name="one_row_an_outcome"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["campaign", "day"], name="outcome_of_campaign")]

    def __str__(self) -> str:
        return f"{self.day} {self.step} {self.reason}"


class OutcomeCopy(Leased):
    """The one row that says as of when the outcomes above are true."""

    at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.at}"


class UseCopy(Leased):
    """The one row by which one worker at a time copies what other services redeemed."""

    def __str__(self) -> str:
        return f"{self.pk}"


class CheckPulse(models.Model):
    """The checks of a campaign between two copies: what an alarm is judged by. Kept an hour."""

    campaign = models.CharField(max_length=12)
    at = models.DateTimeField(db_index=True)
    checks = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.campaign} {self.at:%H:%M}"


class RefusalAlarm(models.Model):
    """Too many checks of a campaign were refused: one row for each hour in which that was so."""

    campaign = models.CharField(max_length=12)
    hour = models.DateTimeField()
    raised_at = models.DateTimeField(db_index=True)
    checks = models.PositiveIntegerField(_("checks in five minutes"))
    refused = models.PositiveIntegerField(_("refused"))
    # When it was settled who gets a mail about it.
    told_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-raised_at"]
        verbose_name = _("alarm")
        indexes: ClassVar = [
            models.Index(fields=["raised_at"], name="alarm_untold", condition=Q(told_at=None))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "hour"], name="one_alarm_an_hour")
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.hour:%Y-%m-%d %H:00}"

    @property
    def is_of_no_campaign(self) -> bool:
        """Whether it is about codes that do not exist."""
        return self.campaign == NOBODYS
