"""Putting a stuck subscription back in line."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from tenants.errors import NotPossible
from tenants.newsletters.rows import NewsletterSubscription
from tenants.newsletters.workers import send_worker

State = NewsletterSubscription.State


@transaction.atomic
def try_again(row: NewsletterSubscription, act: Act) -> None:
    """Have it tried anew. Nobody who opted out is subscribed by it: the status is read first.

    Raises NotPossible if it is not stuck.
    """
    stuck = NewsletterSubscription.objects.filter(pk=row.pk, state=State.STUCK)
    if not stuck.update(
        state=State.WAITING, attempts=0, next_attempt_at=None, changed_at=timezone.now()
    ):
        raise NotPossible(_("Only a stuck subscription can be tried again."))
    what = {"trouble": row.trouble, "person": row.member.email}
    audit.record(act, "try subscription again", row.member.tenant, before=what)
    send_worker(row.connection)
