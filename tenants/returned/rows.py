"""What SES told of our mails, and the addresses to which no mail is sent any more."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from adapters.mail_events import Kind


class MailEvent(models.Model):
    """One event of SES for one recipient. It is saved before it has any effect; a second copy adds
    to `copies` and changes nothing else."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPLIED = "applied", _("Applied")
        # Of a kind that we do not know, or a body that we cannot read.
        UNKNOWN = "unknown", _("Not understood")

    # Of the mail, the kind, the reason and the recipient; of the body where they are not known.
    digest = models.CharField(max_length=64, unique=True)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    kind = models.CharField(
        max_length=12, choices=[(kind.value, kind.value) for kind in Kind], default=Kind.UNKNOWN
    )
    mail_id = models.CharField(max_length=80, blank=True, db_index=True)
    recipient = models.CharField(max_length=254, blank=True)
    # SES's own word, and the words of the server that would not have the mail.
    reason = models.CharField(max_length=80, blank=True)
    said = models.CharField(max_length=300, blank=True)
    happened_at = models.DateTimeField(null=True, blank=True)
    copies = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="mail_event_due", condition=Q(state="waiting")),
            models.Index(fields=["recipient", "kind"], name="mail_event_recipient"),
            models.Index(fields=["received_at"], name="mail_event_received"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.recipient}"


class SuppressedAddress(models.Model):
    """An address to which no mail is sent, until staff release it. One row for each, for ever: what
    was told before the last release does not count again."""

    class Why(models.TextChoices):
        BOUNCED = "bounced", _("A mail bounced")
        COMPLAINED = "complained", _("The reader complained")
        OFTEN = "often", _("Mails keep coming back")

    address = models.CharField(max_length=254, unique=True)
    why = models.CharField(max_length=12, choices=Why)
    event = models.ForeignKey(MailEvent, on_delete=models.PROTECT)
    since = models.DateTimeField()
    # Staff know of it and leave it as it is: it waits for nobody.
    seen_at = models.DateTimeField(null=True, blank=True)
    # When staff were told of it by mail.
    told_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-since"]
        verbose_name = _("address held back")
        verbose_name_plural = _("addresses held back")
        permissions: ClassVar = [
            ("release_suppressedaddress", _("Can release addresses that are held back"))
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["since"],
                name="address_waiting",
                condition=Q(released_at=None, seen_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.address
