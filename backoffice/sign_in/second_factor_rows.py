"""The rows of staff's second factors. No secret is in them: `second_factors.py` says why."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SecondFactor(models.Model):
    """An authenticator app that a member of staff has set up."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor"
    )
    # What the app's secret is made of, together with the stage's SECRET_KEY. Useless alone.
    salt = models.CharField(max_length=32)
    set_up_at = models.DateTimeField(auto_now_add=True)
    # A code is good once: the step of the last one that was used.
    last_step = models.BigIntegerField(default=0)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("second factor")
        permissions: ClassVar = [("reset_secondfactor", _("Can reset a second factor"))]

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """What lets somebody in once who has lost the app. Kept as a keyed hash."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once")
        ]

    def __str__(self) -> str:
        return f"recovery code of {self.factor}"
