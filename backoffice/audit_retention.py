"""Forgetting lines of the audit trail that are older than this stage keeps them."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from backoffice.models import AuditEvent

# The database refuses to delete a younger line, whatever a setting says.
LEAST_DAYS = 365
AT_ONCE = 1000


def due_events() -> QuerySet[AuditEvent]:
    """Return the lines that are older than they are kept."""
    until = timezone.now() - timedelta(days=settings.AUDIT_DAYS)
    return AuditEvent.objects.filter(at__lt=until)


def forget_old() -> int:
    """Delete the oldest of what is due and say how many those were. Safe to repeat."""
    due = list(due_events().order_by("at").values_list("pk", flat=True)[:AT_ONCE])
    if due:
        # Not AuditEvent.objects: its rows are never deleted, and here they are.
        rows: QuerySet[AuditEvent] = QuerySet(AuditEvent)
        rows.filter(pk__in=due)._raw_delete(using=rows.db)
    return len(due)
