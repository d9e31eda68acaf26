"""Which e-mail domains a customer holds. DynamoDB follows by the reconciler."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Domain(models.Model):
    """A domain that was proved to be this customer's. One that they hold no more stays as a row."""

    class Rule(models.TextChoices):
        """What becomes of somebody who opens an account with an address of it."""

        NEVER = "never", _("founds an account of their own")
        DEVELOPER = "developer", _("joins as a developer")
        READ_ONLY = "read-only", _("joins to read only")

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="domains")
    # In lower case and ASCII, as in adapters/domains.py.
    name = models.CharField(_("domain"), max_length=253, db_index=True)
    rule = models.CharField(_("a colleague"), max_length=10, choices=Rule, default=Rule.NEVER)
    # What staff saw that proves it.
    proof = models.CharField(_("proof"), max_length=500)
    held_since = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)
    # When DynamoDB had nothing of a released one any more: until then the reconciler looks.
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("e-mail domain")
        permissions: ClassVar = [("hold_domain", _("Can give customers their e-mail domains"))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name"], name="one_holder_a_domain", condition=Q(released_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def joins_as(self) -> str:
        """The role, as DynamoDB has it: empty where nobody joins by themselves."""
        return "" if self.rule == Domain.Rule.NEVER else self.rule
