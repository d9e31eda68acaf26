"""Who of the staff is who at the provider of single sign-on."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class StaffIdentity(models.Model):
    """The provider's own name for a member of staff: unlike an address, it is never another's."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities"
    )
    issuer = models.URLField(max_length=200)
    subject = models.CharField(max_length=255)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("single sign-on")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_user_per_identity"),
            models.UniqueConstraint(fields=["issuer", "user"], name="one_identity_per_user"),
        ]

    def __str__(self) -> str:
        return str(self.user)
