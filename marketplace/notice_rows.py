"""What AWS told us, word for word, kept before anybody reads it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """One notice as it came in, or one look of ours at the agreement API.

    It is saved before it is understood. Its channel and id say whether it came before: a second
    copy adds to `copies` and changes nothing else.
    """

    class Channel(models.TextChoices):
        EVENTBRIDGE = "eventbridge", _("EventBridge")
        SNS = "sns", _("SNS")
        LOOK = "look", _("Our own look")
        OTHER = "other", _("Unreadable")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPLIED = "applied", _("Applied")
        # A kind that we do not know, or a body that we cannot read: staff look at it.
        UNKNOWN = "unknown", _("Unknown kind")
        UNREADABLE = "unreadable", _("Unreadable")
        DISMISSED = "dismissed", _("Seen by staff")

    channel = models.CharField(max_length=12, choices=Channel)
    # The event's id, SNS's MessageId, or a hash of the body where there is neither.
    message_id = models.CharField(max_length=80)
    body = models.TextField()
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    # Of the rest nothing is filled in where the body does not say it. `kind` is as in
    # adapters/marketplace_notices.py.
    kind = models.CharField(max_length=60, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    agreement = models.ForeignKey(
        "marketplace.Agreement",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notices",
    )
    copies = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)
    trouble = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("notice")
        permissions: ClassVar = [
            ("retry_notice", _("Can have notices applied again")),
            ("dismiss_notice", _("Can mark unknown notices as seen")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "message_id"], name="one_row_a_notice")
        ]
        indexes: ClassVar = [
            models.Index(fields=["received_at"], name="notice_due", condition=Q(state="waiting")),
            models.Index(
                fields=["id"],
                name="notice_unsolved",
                condition=Q(state__in=["unknown", "unreadable"]),
            ),
            models.Index(fields=["id"], name="notice_in_trouble", condition=~Q(trouble="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind or self.get_state_display()} {self.message_id[:12]}"
