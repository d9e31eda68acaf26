"""Picking up whatever a lost message or a dead worker left behind. Runs every 15 seconds."""

import logging
from collections.abc import Callable

from adapters.errors import OutsideError
from backoffice import audit_retention, job_files, jobs
from backoffice.leases import LeaseLost
from campaigns import collecting, gatekeeping, handed_out, imports, noted_uses
from tenants import (
    alarm_notices,
    closing,
    funnel,
    key_mails,
    key_room,
    keys,
    limited_visitors,
    mail,
    notices,
    promotions,
    reconcile,
    signups,
    tier_plans,
)
from tenants.domains import looking
from tenants.drift import repairing
from tenants.joining import asking as joining
from tenants.joining import forgetting
from tenants.newsletters import filling
from tenants.newsletters import running as newsletters
from tenants.registering import asking, settling
from tenants.returned import inbox, retention
from tenants.returned import notices as returned_notices
from tenants.usage import gateway_counts, rollup

log = logging.getLogger(__name__)

# More than one sweep's worth waits for the next: a recovery after a long outage stays paced.
MOST_AT_ONCE = 200


def run_due() -> dict[str, int]:
    """Queue what is due and say how much that was. Safe to run twice at the same time."""
    found: dict[str, int] = {}
    for name, step in (_OFFERED | _STEPS).items():
        try:
            found[name] = step()
        except (OutsideError, LeaseLost) as error:
            log.warning("sweep of %s stopped, the next one goes on: %s", name, error)
    return found


def offer_step(name: str, step: Callable[[], int]) -> None:
    """Let a room above have something done in each sweep, before customers are looked after."""
    _OFFERED[name] = step


def _customers() -> int:
    reconcile.wake_by_clock()
    due = reconcile.due_tenants()[:MOST_AT_ONCE]
    for tenant in due:
        reconcile.send_worker(tenant)
    return len(due)


def _mails() -> int:
    due = mail.due_messages()[:MOST_AT_ONCE]
    for message in due:
        mail.send_worker(message)
    return len(due)


_OFFERED: dict[str, Callable[[], int]] = {}

_STEPS: dict[str, Callable[[], int]] = {
    "gates": gatekeeping.write_due_gates,
    "sign-ups": signups.finish_left_over,
    "registrations": settling.take_registrations,
    "registrations left over": settling.settle_left_over,
    "unconfirmed addresses": closing.close_unconfirmed,
    "forgotten registrations": asking.close_forgotten,
    "unopened accounts": closing.close_unopened,
    "codes of closed accounts": closing.give_back_codes,
    "codes of customers": promotions.finish_left_over,
    "domains": looking.queue_due,
    "requests to join": joining.expire_due,
    "answered requests to join": forgetting.forget_answered,
    "ended keys": keys.withdraw_ended,
    "keys that end soon": key_mails.promise_endings,
    "count of keys": key_room.count_keys,
    "customers": _customers,
    "alarm notices": alarm_notices.promise_alarm_notices,
    "daily notices": notices.promise_daily_notices,
    "mails": _mails,
    "people for newsletters": filling.fill_connections,
    "newsletters": newsletters.queue_due,
    "mails that come back": inbox.take_events,
    "old mail events": retention.forget_old,
    "notices of returned mail": returned_notices.tell_staff,
    "jobs": jobs.run_due_jobs,
    "imports": imports.delete_old_files,
    "old files": job_files.delete_old,
    "old audit events": audit_retention.forget_old,
    "outcomes": collecting.collect_outcomes,
    "uses by other services": noted_uses.copy_noted_uses,
    "batches of functions": handed_out.look_at_batches,
    "first calls": funnel.look_for_first_calls,
    "limited visitors": limited_visitors.forget_old,
    "things of nobody": repairing.queue_removals,
    "tiers": tier_plans.look_at_plans,
    "usage at the gateway": gateway_counts.copy_gateway_counts,
    "usage": rollup.copy_our_counts,
}
