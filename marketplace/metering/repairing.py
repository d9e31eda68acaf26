"""What staff do about usage that was not billed. AWS is told by the worker, not here."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from marketplace.metering.deadlines import final_call
from marketplace.metering.identities import TWICE
from marketplace.metering.rows import MeteredHour
from tenants.errors import NotPossible

State = MeteredHour.State
_MAY_GO_AGAIN = (State.REJECTED, State.EXPIRED)


def can_be_sent_again(row: MeteredHour) -> bool:
    is_in_time = timezone.now() < final_call(row.hour)
    return row.state in _MAY_GO_AGAIN and row.trouble != TWICE and is_in_time


@transaction.atomic
def send_again(row: MeteredHour, act: Act) -> None:
    """Put the hour back in line. Its record is made anew, as when a license was mended, unless AWS
    may have it already: then it goes word for word as it was. Raises NotPossible."""
    if not can_be_sent_again(row):
        raise NotPossible(
            _("Only an hour that AWS refused and may still take is sent again: see its page.")
        )
    may_be_there = row.tries.filter(verdict__in=("", "no answer")).exists()
    changed = MeteredHour.objects.filter(pk=row.pk, state__in=_MAY_GO_AGAIN).update(
        state=State.READY,
        record=row.record if may_be_there else None,
        settled_at=None,
        alarmed_at=None,
        seen_at=None,
        trouble="",
        next_attempt_at=timezone.now(),
    )
    if not changed:
        raise NotPossible(_("Somebody else was faster: look again."))
    audit.record(act, "send usage again", row, before={"state": row.state, "trouble": row.trouble})


@transaction.atomic
def mark_seen(row: MeteredHour, act: Act) -> None:
    """The loss is known to staff: it leaves the inbox, and stays in the ledger."""
    MeteredHour.objects.filter(pk=row.pk).update(seen_at=timezone.now())
    audit.record(act, "mark usage as seen", row)
