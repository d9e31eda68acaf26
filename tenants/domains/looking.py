"""Looking at the DNS: for the record that proves a claim, and whether it is still there later."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from adapters.errors import TryLater
from adapters.text_records import text_records
from backoffice import audit
from backoffice.audit import SYSTEM, Act
from tenants import reconcile
from tenants.domains import claiming, proving, telling
from tenants.domains.looking_times import (
    LOOK_AGAIN,
    LOOK_WHILE_AWAY,
    RELEASE_AFTER,
    TELL_AFTER,
    next_look,
)
from tenants.domains.rows import Way
from tenants.domains.workers import send_looker
from tenants.models import Domain, DomainClaim, Message

log = logging.getLogger(__name__)

MOST_AT_ONCE = 100
RECORD = "gatehouse-domain-verification="
# Where a domain itself is an alias, or crowded, the record may stand below it.
BELOW = "_gatehouse."
State, Found = DomainClaim.State, DomainClaim.Found
# A domain is asked about again after so long if its servers do not answer.
_AFTER_SILENCE = timedelta(hours=1)


def queue_due() -> int:
    """Send workers to look for records, and end the claims whose time is over."""
    now = timezone.now()
    waiting = DomainClaim.objects.filter(state=State.WAITING)
    overdue = waiting.filter(expires_at__lte=now).select_related("tenant")[:MOST_AT_ONCE]
    for claim in overdue:
        _expire(claim)
    due = waiting.filter(DomainClaim.free(), look_at__lte=now).order_by("look_at")[:MOST_AT_ONCE]
    held = Domain.objects.filter(Domain.free(), released_at=None, look_at__lte=now)
    rows: list[DomainClaim | Domain] = [*due, *held.order_by("look_at")[:MOST_AT_ONCE]]
    for row in rows:
        send_looker(row)
    return len(rows)


def look_at_claim(claim: DomainClaim) -> None:
    """Ask the DNS, and make the domain theirs if the record is there. Safe to repeat."""
    if not claim.claim(state=State.WAITING, look_at__lte=timezone.now()):
        return
    found, seen = _look(claim.name, claim.token)
    now = timezone.now()
    changes = {"looked_at": now, "look_at": next_look(claim, now), "found": found}
    if claim.give_back(only_if={"state": State.WAITING}, **changes) and seen:
        proving.prove(claim, Act(None, f"TXT record at {seen}"), way=Way.DNS, seen=f"TXT at {seen}")


def look_at_domain(domain: Domain) -> None:
    """See whether the record is still there; without it the domain is let go in time."""
    if not domain.claim(released_at=None, look_at__lte=timezone.now()):
        return
    found, seen = _look(domain.name, domain.token)
    now = timezone.now()
    if found == Found.SILENCE:
        # It is not gone: nobody says so. What is missing stays missing.
        domain.give_back(look_at=now + _AFTER_SILENCE)
    elif seen:
        domain.give_back(
            looked_at=now, look_at=now + LOOK_AGAIN, missing_since=None, missing_told_at=None
        )
    else:
        since = domain.missing_since or now
        domain.give_back(looked_at=now, look_at=now + LOOK_WHILE_AWAY, missing_since=since)
        domain.refresh_from_db()
        _miss(domain, now)


def record_of(row: DomainClaim | Domain) -> str:
    return f"{RECORD}{row.token}"


def _miss(domain: Domain, now: datetime) -> None:
    since = domain.missing_since
    if since is None or domain.released_at or now - since < TELL_AFTER:
        return
    with transaction.atomic():
        told = Domain.objects.filter(pk=domain.pk, released_at=None)
        if told.filter(missing_told_at=None).update(missing_told_at=now):
            audit.record(SYSTEM, "miss domain record", domain.tenant, after={"domain": domain.name})
            telling.tell(Message.Kind.DOMAIN_RECORD_LOST, domain.tenant, domain=domain)
        elif now - since >= RELEASE_AFTER and told.update(released_at=now):
            act = Act(None, "its DNS record was away for 14 days")
            audit.record(act, "release domain", domain.tenant, before={"domain": domain.name})
            telling.tell(Message.Kind.DOMAIN_RELEASED, domain.tenant, domain=domain)
            reconcile.request_reconcile(domain.tenant)


@transaction.atomic
def _expire(claim: DomainClaim) -> None:
    if claiming.end(claim, State.EXPIRED):
        before = {"domain": claim.name}
        audit.record(SYSTEM, "forget domain claim", claim.tenant, before=before)
        telling.tell(Message.Kind.DOMAIN_NOT_PROVED, claim.tenant, claim=claim)


def _look(name: str, token: str) -> tuple[str, str]:
    """Return what was found, empty for the record itself, and where that stands."""
    found, is_silent = "", False
    for place in (name, f"{BELOW}{name}"):
        try:
            texts = text_records(place, servers=settings.DNS_SERVERS)
        except TryLater as error:
            log.info("domain %s: %s", name, error)
            is_silent = True
            continue
        said = [text.strip().strip('"') for text in texts]
        if f"{RECORD}{token}" in said:
            return "", place
        if any(text.startswith(RECORD) for text in said):
            found = Found.ANOTHER
    return (Found.SILENCE if is_silent else found or Found.NOTHING), ""
