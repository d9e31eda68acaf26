"""The rows that one job does a verb to, each with what became of it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobRow(models.Model):
    """One row of a bulk job. It holds the row's key alone: names are read when they are shown."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")

    job = models.ForeignKey("backoffice.Job", on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    # Counted before the work: a row that kills its worker must not be tried for ever.
    tries = models.PositiveSmallIntegerField(default=0)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "number"], name="one_row_per_number")
        ]
        indexes: ClassVar = [models.Index(fields=["job", "state", "number"])]

    def __str__(self) -> str:
        return self.key
