"""Rows that every room's staff pages share."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.bulk_rows import JobRow
from backoffice.leases import Leased
from backoffice.sign_in.identity_rows import StaffIdentity
from backoffice.sign_in.second_factor_rows import RecoveryCode, SecondFactor

__all__ = [
    "AppendOnly",
    "AuditEvent",
    "Job",
    "JobRow",
    "RecoveryCode",
    "SecondFactor",
    "StaffIdentity",
]


class Job(Leased):
    """Long work in chunks, each of which may be repeated. Staff watch it, cancel it, resume it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        ABANDONED = "abandoned", _("Given up")

    kind = models.CharField(max_length=40)
    title = models.CharField(_("work"), max_length=200)
    arguments = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    chunks = models.PositiveIntegerField(default=1)
    next_chunk = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    result_file = models.CharField(max_length=200, blank=True)
    # When its files are deleted; empty: they belong to something that stays.
    files_until = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Of the confirmation that asked for it: the same page, sent twice, asks for one job.
    ticket = models.CharField(max_length=32, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [
            ("steer_job", _("Can cancel and resume jobs")),
            ("view_costs", _("Can see what a stage costs")),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "leased_until"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["asked_by", "ticket"],
                condition=~models.Q(ticket=""),
                name="one_job_per_ticket",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_unfinished(self) -> bool:
        return self.state in (Job.State.WAITING, Job.State.RUNNING)

    @property
    def can_resume(self) -> bool:
        return self.state in (Job.State.FAILED, Job.State.CANCELLED)


class AppendOnly(Exception):
    """The audit trail is written once."""


class AuditEvents(models.QuerySet["AuditEvent"]):
    """Rows that can be read and added, in bulk too, and nothing else."""

    def update(self, **fields: Any) -> int:
        raise AppendOnly("An audit event is never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly("An audit event is never deleted.")


class AuditEvent(models.Model):
    """Who did what to which row, and why. Written once: the database itself refuses the rest.

    Migration 0004 has its triggers. On SQLite they go with the table when a later migration
    alters it, so that one has to make them again (a test of tests/backoffice looks).
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    actor_name = models.CharField(max_length=150)
    action = models.CharField(max_length=60, db_index=True)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=64, db_index=True)
    target_name = models.CharField(max_length=200)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=36, blank=True, db_index=True)
    # When a person who is named in it was replaced by a pseudonym.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar = AuditEvents.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["actor_name", "id"])]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action} {self.target_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise AppendOnly("An audit event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("An audit event is never deleted.")
