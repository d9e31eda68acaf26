"""The whole life of one code: made, held, redeemed, given back, stopped by staff; newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from adapters import uses
from adapters.promo_codes import PromoCode
from adapters.uses import PastUse
from backoffice.models import AuditEvent
from campaigns.models import Batch, Campaign, Redemption

MOST = 50


@dataclass(frozen=True)
class Event:
    """One line. `redemption` is the SQL row of a use, where it has one; `reason` is staff's."""

    at: datetime
    what: str
    who: str = ""
    reason: str = ""
    redemption: Redemption | None = None


def life_of(code: PromoCode, campaign: Campaign | None, batch: Batch | None) -> list[Event]:
    """Return what happened, MOST events at most. Raises TryLater if DynamoDB does not answer."""
    events = [
        Event(code.created_at, _("Made")),
        *_uses(code),
        *_acts(campaign, batch, since=code.created_at),
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:MOST]


def _uses(code: PromoCode) -> Iterator[Event]:
    rows = Redemption.objects.filter(code=code.code).select_related("campaign", "batch__campaign")
    copies = {row.redeemed_by: row for row in rows[:MOST]}
    for past in uses.uses_of(code, most=MOST):
        use = past.use
        copy = copies.get(use.taken_by)
        yield Event(use.taken_at, _taken(past), who=use.taken_by, redemption=copy)
        if past.released_at:
            what = _("Given back")
            yield Event(past.released_at, what, who=use.taken_by, redemption=copy)


def _taken(past: PastUse) -> str:
    until = past.use.held_until
    if until is None:
        return _("Redeemed")
    return _("Held until %(time)s") % {"time": date_format(localtime(until), "Y-m-d H:i e")}


def _acts(campaign: Campaign | None, batch: Batch | None, since: datetime) -> Iterator[Event]:
    """What staff did to its batch and campaign since it was made."""
    rows = [row for row in (campaign, batch) if row]
    where = Q()
    for row in rows:
        where |= Q(target_type=row._meta.label, target_id=str(row.pk))
    if not rows:
        return
    for event in AuditEvent.objects.filter(where, at__gte=since)[:MOST]:
        yield Event(event.at, event.action, who=event.actor_name, reason=event.reason)
