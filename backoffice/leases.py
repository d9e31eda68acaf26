"""Leases: one worker at a time on a row, without a lock held across a network call.

A lease is taken, renewed and given back by conditional UPDATEs. A worker that dies keeps its lease
for LEASE at most; then whoever comes next takes over.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

# Longer than any single AWS call may take (adapters.aws.PATIENCE), short enough that a customer
# whose worker died waits less than a minute. Workers renew before every step.
LEASE = timedelta(seconds=30)


class LeaseLost(Exception):
    """Somebody else works on the row now: stop here, they repeat what is missing."""


class Leased(models.Model):
    lease = models.CharField(max_length=16, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def free(cls) -> Q:
        """The rows on which nobody works."""
        return Q(leased_until=None) | Q(leased_until__lt=timezone.now())

    def claim(self, **conditions: Any) -> bool:
        """Take the row if it is free and meets the conditions, and read it anew."""
        lease = secrets.token_hex(8)
        rows = type(self)._default_manager.filter(type(self).free(), pk=self.pk, **conditions)
        if not rows.update(lease=lease, leased_until=timezone.now() + LEASE):
            return False
        self.refresh_from_db()
        return self.lease == lease

    def renew(self) -> None:
        """Keep the row for another LEASE. Raises LeaseLost if it is no longer ours."""
        if not self._mine().update(leased_until=timezone.now() + LEASE):
            raise LeaseLost(f"{type(self).__name__} {self.pk}")

    def give_back(self, *, only_if: dict[str, Any] | None = None, **changes: Any) -> bool:
        """Save the changes and free the row in one UPDATE; False if it was not ours to change."""
        rows = self._mine().filter(**(only_if or {}))
        return bool(rows.update(lease="", leased_until=None, **changes))

    def _mine(self) -> models.QuerySet[Any]:
        return type(self)._default_manager.filter(pk=self.pk, lease=self.lease)
