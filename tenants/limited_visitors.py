"""Who crossed a limit: for staff to see, and to let go. Rows are written at a crossing only, so an
ordinary check costs no SQL."""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters import windows
from backoffice import audit
from backoffice.audit import Act
from backoffice.verbs import VerbRefused
from tenants.models import LimitedVisitor

KEPT = timedelta(days=30)

# How long a window of each kind lasts.
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
LENGTHS = {
    "check": _MINUTE,
    "sign-up": _MINUTE,
    "link": _MINUTE,
    "code": _MINUTE,
    "refused": _HOUR,
    "e-mail": _HOUR,
    "sign-in": _MINUTE,
    "account": _HOUR,
    "forgotten": _MINUTE,
    "request": _HOUR,
    "hand-over": _MINUTE,
    "everybody": _MINUTE,
}


def note_crossing(what: str, pseudonym: str, *, shown: str, now: datetime, until: int) -> None:
    """Write down that the limit was crossed; the window ends at `until`, in seconds since 1970."""
    ends_at = datetime.fromtimestamp(until, UTC)
    row, is_new = LimitedVisitor.objects.get_or_create(
        what=what,
        pseudonym=pseudonym,
        defaults={"shown": shown[:200], "since": now, "until": ends_at},
    )
    if not is_new:
        LimitedVisitor.objects.filter(pk=row.pk).update(
            crossings=F("crossings") + 1, until=ends_at, released_at=None
        )


def release(visitor: LimitedVisitor, act: Act) -> None:
    """Let the visitor try again at once. Safe to repeat. Raises VerbRefused if nothing holds them.

    The counter goes first: a release that dies here is pressed again, and does nothing twice.
    """
    now = timezone.now()
    if visitor.until <= now:
        raise VerbRefused(_("The limit has ended by itself."))
    windows.forget(visitor.what, visitor.pseudonym, length=LENGTHS[visitor.what], now=now)
    with transaction.atomic():
        LimitedVisitor.objects.filter(pk=visitor.pk).update(until=now, released_at=now)
        audit.record(
            act,
            "release visitor",
            visitor,
            before={"until": str(visitor.until)},
            after={"until": str(now)},
        )


def forget_old() -> int:
    """Delete rows of visitors whom nothing has limited for a month."""
    count, _each = LimitedVisitor.objects.filter(until__lt=timezone.now() - KEPT).delete()
    return count
