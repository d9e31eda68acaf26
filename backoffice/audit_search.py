"""Finding lines of the audit trail by who, what, which row, which request and when.

Each is an exact match on an index, because the trail only ever grows. Times are turned into ids:
lines are written in the order of both, and a list that is sorted by id is then read off one index.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from backoffice.models import AuditEvent

# Columns in which a word is looked for. Each has an index.
NAMES = ("target_id", "action", "actor_name", "request_id")


@dataclass(frozen=True)
class Wanted:
    """What is looked for; days as 2026-11-26, in the time zone of the stage, both included."""

    term: str = ""
    since: str = ""
    until: str = ""

    def __str__(self) -> str:
        said = [f"{name}: {value}" for name, value in asdict(self).items() if value]
        return ", ".join(said) or _("everything")


def find(wanted: Wanted) -> QuerySet[AuditEvent]:
    """Return the lines; of something that is no day, none."""
    rows = matching(AuditEvent.objects.all(), wanted.term)
    return until(since(rows, wanted.since), wanted.until)


def matching(rows: QuerySet[AuditEvent], term: str) -> QuerySet[AuditEvent]:
    term = term.strip()
    if not term:
        return rows
    # One column at a time is asked first: with an OR of all, a database walks the whole table from
    # its end for a word that is nearly nowhere.
    columns = [Q(**{name: term}) for name in NAMES]
    found = [column for column in columns if AuditEvent.objects.filter(column).exists()]
    return rows.filter(reduce(or_, found)) if found else rows.none()


def since(rows: QuerySet[AuditEvent], day: str) -> QuerySet[AuditEvent]:
    if not day:
        return rows
    begins = _beginning(day)
    return rows.filter(pk__gte=_first_id(begins)) if begins else rows.none()


def until(rows: QuerySet[AuditEvent], day: str) -> QuerySet[AuditEvent]:
    if not day:
        return rows
    ends = _beginning(day, later=timedelta(days=1))
    return rows.filter(pk__lt=_first_id(ends)) if ends else rows.none()


def _first_id(moment: datetime) -> int:
    """Return the id of the first line from then on, or one that no line has yet."""
    first = AuditEvent.objects.filter(at__gte=moment).order_by("at", "pk").values_list("pk")[:1]
    last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[:1]
    return next(iter(first.values_list("pk", flat=True)), next(iter(last), 0) + 1)


def _beginning(day: str, later: timedelta = timedelta()) -> datetime | None:
    try:
        read: date | None = parse_date(day.strip())
        return timezone.make_aware(datetime.combine(read + later, time())) if read else None
    except (ValueError, OverflowError):
        return None
