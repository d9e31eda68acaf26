"""Forgetting what SES told of mails long ago: each event names its reader, word for word."""

from datetime import timedelta

from django.utils import timezone

from tenants.returned.rows import MailEvent

# A copy comes within the 14 days that a queue keeps it, a complaint as a rule within weeks. What
# became of a mail stands on the mail's own row, and stays.
KEPT = timedelta(days=180)
AT_ONCE = 1000


def forget_old() -> int:
    """Delete the oldest of what is due and say how many those were. Safe to repeat.

    What holds an address back stays as long as the address is known: it says why.
    """
    due = MailEvent.objects.filter(
        received_at__lt=timezone.now() - KEPT, suppressedaddress=None
    ).exclude(state=MailEvent.State.WAITING)
    oldest = list(due.order_by("received_at").values_list("pk", flat=True)[:AT_ONCE])
    count, _each = MailEvent.objects.filter(pk__in=oldest).delete()
    return count
