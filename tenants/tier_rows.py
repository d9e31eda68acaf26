"""What the gateway has of each tier, as it was last seen."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from adapters.definitions import definition


class TierPlan(models.Model):
    """A copy of one usage plan: it can be made anew by looking. What should be is in tiers.json."""

    tier = models.CharField(_("tier"), max_length=40, unique=True)
    place = models.PositiveSmallIntegerField(default=0)
    # Empty: the gateway has no such plan.
    plan_id = models.CharField(max_length=20, blank=True)
    rate = models.FloatField(null=True)
    burst = models.PositiveIntegerField(null=True)
    quota = models.PositiveBigIntegerField(null=True)
    period = models.CharField(max_length=10, blank=True)
    keys = models.PositiveIntegerField(default=0)
    is_on_a_stage = models.BooleanField(default=False)
    # Which definition it was deployed from: a SHA-256.
    deployed_from = models.CharField(max_length=64, blank=True)
    is_off = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["place"]
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        permissions: ClassVar = [("repair_tierplan", _("Can repair the usage plan of a tier"))]

    def __str__(self) -> str:
        known = definition("tiers").get(self.tier)
        return str(known["label"]) if known else self.tier
