"""That somebody asked to be erased: staff decide it, because an account may hang on them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ErasureRequest(models.Model):
    """Open as long as it is there: the erasure, or the person, takes it away."""

    member = models.OneToOneField(
        "tenants.Member", on_delete=models.CASCADE, related_name="erasure_request"
    )
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("wish to be erased")
        verbose_name_plural = _("wishes to be erased")

    def __str__(self) -> str:
        return str(self.member)

    @property
    def email(self) -> str:
        return self.member.email
