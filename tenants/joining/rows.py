"""Who asks to join a customer, because their address is of its domain."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JoinRequest(models.Model):
    """Somebody who proved their address and waits for an owner's answer."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for an answer")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        EXPIRED = "expired", _("Not answered in time")
        WITHDRAWN = "withdrawn", _("Opened an account of their own")

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="join_requests"
    )
    domain = models.ForeignKey("tenants.Domain", on_delete=models.PROTECT, related_name="+")
    sign_up = models.OneToOneField("tenants.SignUp", on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    email = models.EmailField(max_length=150, db_index=True)
    full_name = models.CharField(max_length=150)
    asked_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("request to join")
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="join_due", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.email
