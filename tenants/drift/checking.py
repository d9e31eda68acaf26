"""Looking for drift: all of AWS is read page by page, and every customer is held against it.

A job does it once a day, some pages or customers a chunk. Logins and keys are kept as they are
read, because AWS gives neither by many ids at once; rights and domains are read with the customers,
gates with the campaigns. A page that is read once more changes nothing. Of two checks the newer one
goes on.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters import inventories, usage_plans
from adapters.definitions import definition
from adapters.errors import Refused
from backoffice import jobs
from backoffice.audit import SYSTEM, Act
from backoffice.jobs import Work
from backoffice.models import Job
from backoffice.verbs import VerbRefused
from campaigns import gate_checking
from tenants import turns
from tenants.drift import comparing, findings, strays
from tenants.drift.rows import SeenKey, SeenLogin
from tenants.models import Tenant
from tenants.observing import OF_A_CUSTOMER

KIND = "look-for-drift"
CHECKED_EVERY = timedelta(days=1)
AGAIN_AFTER_FAILURE = timedelta(hours=1)
# A chunk has a lease of 30 s: ten pages of logins take a few of them.
PAGES_AT_ONCE, CUSTOMERS_AT_ONCE = 10, 200
# Cognito lets through 30 ListUsers a second, for all pools of an account:
# https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
BETWEEN_LOGIN_PAGES = 0.1

# Reads one page and returns where the next one begins, "" after the last.
ReadPage = Callable[[str], str]


def checks() -> QuerySet[Job]:
    """All checks, the newest first."""
    return Job.objects.filter(kind=KIND)


def check(act: Act) -> Job:
    """Start a check. Raises VerbRefused while one is at work."""
    if checks().filter(state__in=jobs.UNFINISHED).exists():
        raise VerbRefused(_("A check is at work already."))
    customers = Tenant.objects.filter(state=Tenant.State.ACTIVE).order_by().count()
    title = _("Compare AWS with the rows")
    return jobs.start_job(KIND, title=title, total=customers, chunks=1, act=act)


def check_if_due() -> bool:
    """Start the daily check, unless there was one. The schedule calls it every hour."""
    now = timezone.now()
    lately = checks().filter(created_at__gt=now - CHECKED_EVERY).exclude(state=Job.State.FAILED)
    failed = checks().filter(created_at__gt=now - AGAIN_AFTER_FAILURE, state=Job.State.FAILED)
    if lately.exists() or failed.exists():
        return False
    check(SYSTEM)
    return True


def register() -> None:
    jobs.register(KIND, Work(chunk=_do_chunk, finish=_finish))


def _do_chunk(job: Job, index: int) -> int:
    """Go on where the last chunk stopped, and say of how many customers that took care."""
    if checks().filter(pk__gt=job.pk).exists():
        raise Refused(_("A newer check has begun."))
    step = job.arguments.get("step", _STEPS[0])
    token = job.arguments.get("token", "")
    if not job.arguments:
        _forget_seen()
    if step == "customers":
        token, done = _compare_customers(job, token)
    else:
        token, done = _read_pages(job, _READ[step], token), 0
    _note_place(job, index, step, token)
    return done


def _read_pages(job: Job, read: ReadPage, token: str) -> str:
    for _page in range(PAGES_AT_ONCE):
        token = read(token)
        if not token:
            break
        job.renew()
    return token


def _compare_customers(job: Job, after: str) -> tuple[str, int]:
    since = job.created_at
    rows = comparing.settled(since).filter(pk__gt=after).order_by("pk")
    tenants = list(rows.prefetch_related(*OF_A_CUSTOMER)[:CUSTOMERS_AT_ONCE])
    findings.note_customers(comparing.differences_of(tenants, since))
    is_last = len(tenants) < CUSTOMERS_AT_ONCE
    return "" if is_last else tenants[-1].pk, len(tenants)


def _note_place(job: Job, index: int, step: str, token: str) -> None:
    """Say where the next chunk goes on. How many there are shows when the last one is done."""
    place = _STEPS.index(step) + (0 if token else 1)
    if place == len(_STEPS):
        job.chunks = index + 1
    else:
        job.chunks = index + 2
        job.arguments = {"step": _STEPS[place], "token": token}
    Job.objects.filter(pk=job.pk).update(chunks=job.chunks, arguments=job.arguments)


def _finish(job: Job) -> None:
    findings.forget_unseen(job.created_at)
    _forget_seen()


def _forget_seen() -> None:
    SeenLogin.objects.all().delete()
    SeenKey.objects.all().delete()


def _read_logins(token: str) -> str:
    page = inventories.logins(settings.USER_POOL_ID, token)
    rows = [
        SeenLogin(
            user_id=login.user_id,
            email=login.email,
            tenant_id=login.tenant_id,
            status=login.status,
            enabled=login.enabled,
        )
        for login in page.things
    ]
    fields = ["email", "tenant_id", "status", "enabled"]
    SeenLogin.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user_id"], update_fields=fields
    )
    findings.note_logins(strays.stray_logins(page.things))
    if page.token:
        time.sleep(BETWEEN_LOGIN_PAGES)
    return page.token


def _read_keys(token: str) -> str:
    turns.await_calls(1)
    page = inventories.keys(token)
    rows = [SeenKey(key_id=key.key_id, name=key.name, enabled=key.enabled) for key in page.things]
    SeenKey.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key_id"], update_fields=["name", "enabled"]
    )
    findings.note_keys(strays.stray_keys(page.things))
    return page.token


def _read_plans(token: str) -> str:
    """The token names the tier and, within it, the page."""
    tiers = list(definition("tiers"))
    tier, _space, position = (token or tiers[0]).partition(" ")
    plan_id = usage_plans.plan_of(tier)
    turns.await_calls(1)
    page = inventories.keys_of_plan(plan_id, position)
    seen = list(SeenKey.objects.filter(key_id__in=page.things))
    for key in seen:
        key.plan_ids = sorted({*key.plan_ids, plan_id})
    SeenKey.objects.bulk_update(seen, ["plan_ids"])
    if page.token:
        return f"{tier} {page.token}"
    following = tiers[tiers.index(tier) + 1 :]
    return following[0] if following else ""


def _read_permissions(token: str) -> str:
    page = inventories.permissions(token)
    found = strays.stray_people(item.thing for item in page.things)
    findings.note_permissions([item for item in page.things if item.thing in found])
    return page.token


def _read_access(token: str) -> str:
    page = inventories.access(token)
    found = strays.stray_key_ids(item.thing for item in page.things)
    findings.note_access([item for item in page.things if item.thing in found])
    return page.token


def _read_domains(token: str) -> str:
    page = inventories.domains(token)
    found = strays.stray_domains(item.thing for item in page.things)
    findings.note_domains([item for item in page.things if item.thing in found])
    return page.token


def _read_gates(token: str) -> str:
    found, following = gate_checking.gates_of_nobody(token)
    findings.note_lost_gates(found)
    return following


def _compare_campaigns(token: str) -> str:
    """The token is the last campaign."""
    found, last = gate_checking.compare_some(int(token or 0))
    findings.note_gates(found)
    return str(last or "")


_READ: dict[str, ReadPage] = {
    "logins": _read_logins,
    "keys": _read_keys,
    "plans": _read_plans,
    "permissions": _read_permissions,
    "access": _read_access,
    "domains": _read_domains,
    "gates": _read_gates,
    "campaigns": _compare_campaigns,
}
_STEPS = (*_READ, "customers")
