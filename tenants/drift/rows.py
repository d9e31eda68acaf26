"""What AWS and our rows disagree on, and what a check has read so far."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Difference(models.Model):
    """One customer or campaign of whom AWS says otherwise than the rows, or a thing in AWS that no
    row has.

    There while the last check saw it; one that is mended is deleted. Staff may keep a thing that is
    not ours to remove: it stays listed and counts no more.
    """

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer who differs")
        LOGIN = "login", _("Login of nobody")
        KEY = "key", _("API key of nobody")
        PERMISSION = "permission", _("Permissions of nobody")
        ACCESS = "access", _("Access of no key")
        DOMAIN = "domain", _("Domain of nobody")
        OPEN_GATE = "open-gate", _("Gate that lets in too much")
        GATE = "gate", _("Gate that differs")
        LOST_GATE = "lost-gate", _("Gate of no campaign")

    kind = models.CharField(max_length=12, choices=Kind)
    # The customer's id, else the id in AWS: of a user (sub) or of a key; or the domain, or the
    # public id of a campaign.
    thing = models.CharField(max_length=255)
    # What people call it: the company, an address, the name of a key.
    name = models.CharField(max_length=200, blank=True)
    tenant = models.ForeignKey("tenants.Tenant", null=True, blank=True, on_delete=models.CASCADE)
    # A line for each thing that differs.
    what = models.TextField(blank=True)
    found_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)
    # Staff want it removed, or a gate written again: a worker does it. What kept it from that is in
    # `trouble`.
    removal_asked_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [
            ("check_difference", _("Can have AWS compared with the rows")),
            ("repair_difference", _("Can repair what differs in AWS")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "thing"], name="one_difference_each")
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="difference_open", condition=Q(kept_at=None)),
            models.Index(
                fields=["id"],
                name="removal_due",
                condition=Q(removal_asked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.thing


class SeenLogin(models.Model):
    """A user of the pool as a check has read them. Deleted when the check is over."""

    user_id = models.CharField(max_length=64, primary_key=True)
    email = models.CharField(max_length=254, db_index=True)
    tenant_id = models.CharField(max_length=255)
    status = models.CharField(max_length=40)
    enabled = models.BooleanField()

    def __str__(self) -> str:
        return self.user_id


class SeenKey(models.Model):
    """A key of the gateway as a check has read it. Deleted when the check is over."""

    key_id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=255)
    enabled = models.BooleanField()
    # Those of this stage's plans that it is on.
    plan_ids = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.key_id
