"""The ledger of what is billed by use: one row for each agreement, dimension and hour."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.leases import Leased


class Metering(Leased):
    """The one row whose lease says who closes hours and sends them: one process at a time."""

    THE_ONE = 1

    # AWS refuses everything we send, and not one record: nothing is sent before then.
    paused_until = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("metering")

    def __str__(self) -> str:
        return self.trouble or "metering"


class Meter(models.Model):
    """Up to which hour an agreement's use is in the ledger."""

    agreement = models.OneToOneField(
        "marketplace.Agreement", on_delete=models.CASCADE, related_name="meter"
    )
    # The first hour that is not closed.
    next_hour = models.DateTimeField()
    # By dimension: used, counted after its own hour was closed, and not in a row yet.
    carried = models.JSONField(default=dict)
    # From when on its counters are read once more, if staff asked for it.
    reread_from = models.DateTimeField(null=True, blank=True)
    # When we heard that its agreement ended: until then the API counted for it.
    end_told_at = models.DateTimeField(null=True, blank=True)
    # When to look at it again; nothing where it ended and nothing can come any more.
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("meter")

    def __str__(self) -> str:
        return f"{self.agreement} {self.next_hour:%Y-%m-%d %H}"


class MeteredHour(models.Model):
    """What one agreement used of one dimension in one hour of UTC, and what AWS said of it.

    `counted` is what the API's own counters say of this hour. `used` is what this row accounts
    for: late arrivals of an hour that was sent already are in a later row, so that the sums agree.
    `quantity` is what is billed of it: for a contract only what goes beyond it.
    """

    class State(models.TextChoices):
        READY = "ready", _("To be sent")
        SENDING = "sending", _("Being sent")
        ACCEPTED = "accepted", _("Accepted")
        FREE = "free", _("Nothing to bill")
        # AWS has another quantity for this hour: that one is billed.
        DUPLICATE = "duplicate", _("AWS has another quantity")
        REJECTED = "rejected", _("Rejected")
        EXPIRED = "expired", _("Too late")

    UNSENT: ClassVar = (State.READY, State.SENDING)
    LOST: ClassVar = (State.DUPLICATE, State.REJECTED, State.EXPIRED)

    agreement = models.ForeignKey(
        "marketplace.Agreement", on_delete=models.PROTECT, related_name="metered_hours"
    )
    dimension = models.CharField(max_length=255)
    hour = models.DateTimeField()
    # The name by which AWS bills it: the license, or product and customer of a legacy listing.
    billed_to = models.CharField(max_length=520)
    counted = models.BigIntegerField(default=0)
    used = models.BigIntegerField(default=0)
    quantity = models.BigIntegerField(default=0)
    # Used, and there is no hour left in which it could be billed.
    uncollected = models.BigIntegerField(default=0)

    state = models.CharField(max_length=9, choices=State, default=State.READY)
    # The record as AWS gets it, word for word the same whenever it is sent again.
    record = models.JSONField(null=True, blank=True)
    # The part of the quantity by tag, where the listing shows buyers such parts.
    allocations = models.JSONField(null=True, blank=True)
    closed_at = models.DateTimeField(default=timezone.now)
    deadline_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    # AWS's id of what it has recorded.
    record_id = models.CharField(max_length=255, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    # AWS's word for what is wrong, and its sentence.
    trouble = models.CharField(max_length=500, blank=True)
    # When staff were told that it is about to be lost, or is.
    alarmed_at = models.DateTimeField(null=True, blank=True)
    # When staff said that they know of the loss.
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-hour", "-id"]
        verbose_name = _("metered hour")
        permissions: ClassVar = [
            ("resend_meteredhour", _("Can send usage to AWS Marketplace again")),
            ("export_meteredhour", _("Can download the metering ledger")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "dimension", "hour"], name="one_row_an_hour"
            ),
            models.UniqueConstraint(
                fields=["billed_to", "dimension", "hour"], name="billed_once_an_hour"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                name="metered_hour_unsent",
                condition=Q(state__in=["ready", "sending"]),
            ),
            models.Index(
                fields=["deadline_at"],
                name="metered_hour_unalarmed",
                condition=Q(state__in=["ready", "sending"], alarmed_at=None),
            ),
            models.Index(
                fields=["hour"],
                name="metered_hour_lost",
                condition=Q(state__in=["duplicate", "rejected", "expired"]) | Q(uncollected__gt=0),
            ),
            models.Index(fields=["state", "-hour", "-id"], name="metered_hour_by_state"),
            models.Index(fields=["-hour", "-id"], name="metered_hour_newest"),
            models.Index(
                fields=["record_id"], name="metered_hour_record", condition=~Q(record_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.dimension} {self.hour:%Y-%m-%d %H}:00"

    @property
    def ends_at(self) -> object:
        return self.hour + timedelta(hours=1)


class MeterCall(models.Model):
    """One BatchMeterUsage: what was asked, and what came back, word for word."""

    product_code = models.CharField(max_length=255)
    request = models.JSONField()
    # None while there is no answer: it may have been lost.
    answer = models.JSONField(null=True, blank=True)
    # AWS's code and sentence, where the call failed as a whole.
    error = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(default=timezone.now, db_index=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    hours = models.ManyToManyField(MeteredHour, through="MeterAttempt", related_name="calls")

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("metering call")

    def __str__(self) -> str:
        return f"{self.product_code} {self.sent_at:%Y-%m-%d %H:%M:%S}"


class MeterAttempt(models.Model):
    """That a row of the ledger was in a call, and what AWS said of it there."""

    hour = models.ForeignKey(MeteredHour, on_delete=models.PROTECT, related_name="tries")
    call = models.ForeignKey(MeterCall, on_delete=models.PROTECT, related_name="tries")
    # AWS's word; empty while there is no answer, "unprocessed" where AWS did not get to it.
    verdict = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.verdict or "…"
