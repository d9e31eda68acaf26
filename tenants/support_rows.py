"""What people ask support for where they cannot help themselves."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SupportRequest(models.Model):
    """Somebody cannot come in and asked for a new password. Staff answer with a one-time link."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for staff")
        SENT = "sent", _("Link sent")
        DONE = "done", _("Password chosen")
        DISMISSED = "dismissed", _("Dismissed")

    OPEN = (State.WAITING, State.SENT)

    member = models.ForeignKey(
        "tenants.Member", on_delete=models.CASCADE, related_name="support_requests"
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # How often the person asked until it was closed.
    times = models.PositiveIntegerField(_("times asked"), default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("support request")
        permissions: ClassVar = [("answer_supportrequest", _("Can answer support requests"))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member"],
                name="one_open_support_request",
                condition=Q(state__in=["waiting", "sent"]),
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], name="support_request_waiting", condition=Q(state="waiting")
            )
        ]

    def __str__(self) -> str:
        return str(self.member)
