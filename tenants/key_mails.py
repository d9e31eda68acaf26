"""Mails about keys to those whose programs use them: a new one is there, one is about to end."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from tenants import mail
from tenants.models import MAY_USE_KEYS, WORKING, ApiKey, Message, Tenant

MOST_AT_ONCE = 100
# So long before its own end its people are told; there is time to ask for another one.
BEFORE_END = timedelta(days=7)
# A retirement was announced when it began: only a long one is recalled.
LONG_RETIREMENT, BEFORE_RETIRED = timedelta(days=3), timedelta(days=2)


def promise_rotated(key: ApiKey) -> None:
    """Tell them of the new key. Call it inside the transaction that makes it the current one; the
    mails are sent when the account is set up (reconcile.py)."""
    for member in key.tenant.members.filter(left_at=None, role__in=MAY_USE_KEYS):
        mail.promise(Message.Kind.KEY_ROTATED, to=member.email, member=member, key=key)


def promise_endings() -> int:
    """Tell them of the keys that end soon, of each end once; return how many keys that are."""
    due = list(_ending(timezone.now())[:MOST_AT_ONCE])
    for key in due:
        _promise_ending(key)
    return len(due)


def facts_of(message: Message) -> dict[str, Any]:
    """What the mail says is looked up when it is sent."""
    kinds = (Message.Kind.KEY_ROTATED, Message.Kind.KEY_ENDING)
    if message.kind not in kinds or message.key is None:
        return {}
    old = message.key.replaces if message.kind == Message.Kind.KEY_ROTATED else message.key
    return {
        "company": message.key.tenant.company,
        "old": old,
        "old_ends_at": old.ends_at if old and old.works else None,
        "has_successor": _has_successor(message.key),
        "keys_page": f"{settings.PORTAL_URL}{reverse('account_keys')}",
    }


def _ending(now: datetime) -> QuerySet[ApiKey]:
    """An end that was moved is told of anew."""
    successor = ApiKey.objects.filter(replaces=OuterRef("pk"), overlap__gte=LONG_RETIREMENT)
    expires = Q(expires_at__gt=now, expires_at__lte=now + BEFORE_END) & (
        Q(end_told=None) | ~Q(end_told=F("expires_at"))
    )
    retires = Q(
        Exists(successor),
        state=ApiKey.State.RETIRING,
        retires_at__gt=now,
        retires_at__lte=now + BEFORE_RETIRED,
        end_told=None,
    )
    open_ones = ApiKey.objects.filter(state__in=WORKING, tenant__state=Tenant.State.ACTIVE)
    return open_ones.filter(expires | retires).select_related("tenant").order_by("pk")


@transaction.atomic
def _promise_ending(key: ApiKey) -> None:
    """Whoever of two sweeps is first writes the promise."""
    told = key.expires_at or key.retires_at
    if not ApiKey.objects.filter(pk=key.pk, end_told=key.end_told).update(end_told=told):
        return
    for member in key.tenant.members.filter(left_at=None, role__in=MAY_USE_KEYS):
        kind = Message.Kind.KEY_ENDING
        mail.send_worker(mail.promise(kind, to=member.email, member=member, key=key))


def _has_successor(key: ApiKey) -> bool:
    return ApiKey.objects.filter(tenant=key.tenant, state=ApiKey.State.LIVE, pk__gt=key.pk).exists()
