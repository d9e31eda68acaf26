"""What was used, as the portal keeps it: by key and day for good, by the hour for two days."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.leases import Leased


class UsageDay(models.Model):
    """One key on one day of UTC, as both who count it say. A copy: it can be made anew."""

    # Nobody's, where the gateway counted a key that we do not know.
    tenant = models.ForeignKey(
        "tenants.Tenant", null=True, on_delete=models.PROTECT, related_name="usage_days"
    )
    api_key_id = models.CharField(_("API key id"), max_length=20)
    day = models.DateField(_("day (UTC)"))
    # What our function counted: of calls that were served, refused by us, failed on our side.
    calls = models.PositiveBigIntegerField(_("served"), default=0)
    refused = models.PositiveBigIntegerField(_("refused"), default=0)
    failed = models.PositiveBigIntegerField(_("failed"), default=0)
    units = models.PositiveBigIntegerField(_("units"), default=0)
    # What the gateway counted: altogether, and by tier {tier: [calls, remaining]}: each plan
    # has a quota of its own.
    gateway_calls = models.PositiveBigIntegerField(_("counted by the gateway"), null=True)
    by_tier = models.JSONField(default=dict)
    # The gateway's number less ours, and whether that is more than we let pass.
    difference = models.BigIntegerField(_("difference"), null=True)
    is_off = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-day", "-id"]
        verbose_name = _("usage of a key on a day")
        verbose_name_plural = _("usage by key and day")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["api_key_id", "day"], name="one_row_a_key_and_day")
        ]
        indexes: ClassVar = [
            models.Index(fields=["-day", "-id"], name="usage_newest"),
            models.Index(fields=["tenant", "day"], name="usage_of_tenant"),
            models.Index(fields=["-day", "-id"], name="usage_off", condition=Q(is_off=True)),
        ]

    def __str__(self) -> str:
        return f"{self.api_key_id} {self.day}"

    @property
    def admitted(self) -> int:
        """All calls that our function saw: what the gateway should have counted."""
        return self.calls + self.refused + self.failed

    @property
    def counted(self) -> int:
        """The higher of both numbers: neither is ever ahead of what happened."""
        return max(self.admitted, self.gateway_calls or 0)

    def used_on(self, tier: str) -> int:
        """What this day took of the tier's quota. What the gateway has not told of yet was called
        on the tier that the key is on now."""
        told, _remaining = self.by_tier.get(tier, (0, 0))
        return int(told) + max(0, self.admitted - (self.gateway_calls or 0))


class UsageHour(models.Model):
    """One key in one hour, as our function counted it. Older ones are deleted."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="usage_hours"
    )
    api_key_id = models.CharField(max_length=20)
    hour = models.DateTimeField()
    calls = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    units = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["hour", "api_key_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "hour", "api_key_id"], name="one_row_a_key_and_hour"
            )
        ]

    def __str__(self) -> str:
        return f"{self.api_key_id} {self.hour:%Y-%m-%dT%H}"

    @property
    def counted(self) -> int:
        return self.calls + self.refused + self.failed


class UsageLook(Leased):
    """When a customer's usage was last copied, and how far it is final."""

    tenant = models.OneToOneField(
        "tenants.Tenant", primary_key=True, on_delete=models.CASCADE, related_name="usage_look"
    )
    # A look is due while it was wanted after the last one began.
    wanted_at = models.DateTimeField(auto_now_add=True)
    looked_at = models.DateTimeField(null=True, db_index=True)
    # Days before this one are copied for good.
    open_since = models.DateField(null=True)
    last_call_on = models.DateField(null=True, db_index=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["wanted_at"],
                name="usage_look_wanted",
                condition=Q(looked_at=None) | Q(wanted_at__gt=F("looked_at")),
            )
        ]

    def __str__(self) -> str:
        return str(self.tenant_id)


class UsageRead(Leased):
    """How far the gateway's numbers are copied. There is one row."""

    THE_ONE = 1

    # Days before this one are copied for good.
    open_since = models.DateField(null=True)
    read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.read_at}"


class QuotaAlert(models.Model):
    """A customer crossed a threshold of their quota: told once a period and tier."""

    class Threshold(models.IntegerChoices):
        HALF = 50, _("50 %")
        MOST = 80, _("80 %")
        NEARLY = 95, _("95 %")
        ALL = 100, _("100 %")

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="quota_alerts"
    )
    tier = models.CharField(_("tier"), max_length=20)
    period_first = models.DateField(_("period from"))
    period_last = models.DateField(_("period to"))
    threshold = models.PositiveSmallIntegerField(_("threshold"), choices=Threshold)
    api_key_id = models.CharField(_("API key id"), max_length=20)
    used = models.PositiveBigIntegerField(_("used"))
    limit = models.PositiveBigIntegerField(_("quota"))
    raised_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("quota alert")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "tier", "period_first", "threshold"], name="one_quota_alert"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant} {self.get_threshold_display()}"
