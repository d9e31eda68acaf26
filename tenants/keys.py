"""A customer's API keys: wanted, rotated with an overlap, retired on time, revoked at once.

Rows say what should be; the reconciler makes it so. A rotation wants a new key; the old one's
retirement begins only when the new one is live (tenants/actions.py, TakeOver).
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters.definitions import name_of
from backoffice import audit
from backoffice.audit import SYSTEM, Act
from tenants import mail, reconcile
from tenants.errors import (
    AccountClosed,
    KeyBeingMade,
    KeyBeingRetired,
    KeyExpired,
    KeyNotLive,
)
from tenants.models import WORKING, ApiKey, Member, Message, Tenant

# How long the old key goes on working once the new one is there.
OVERLAPS = {
    "none": (timedelta(0), gettext_lazy("It stops at once")),
    "1h": (timedelta(hours=1), gettext_lazy("1 hour more")),
    "24h": (timedelta(hours=24), gettext_lazy("24 hours more")),
    "7d": (timedelta(days=7), gettext_lazy("7 days more")),
}
USUAL_OVERLAP = "24h"


def want_key(tenant: Tenant, **fields: object) -> ApiKey:
    """Say that the tenant shall have a key. The name is what makes its creation repeatable."""
    number = tenant.keys.count() + 1
    name = f"{name_of('key')}-{tenant.pk}-{number}"
    return ApiKey.objects.create(tenant=tenant, name=name, **fields)


def rotate_key(
    tenant: Tenant,
    act: Act,
    *,
    overlap: timedelta,
    end_older: bool = False,
    asked_by: Member | None = None,
) -> ApiKey:
    """Want a new key in place of the live one, which goes on working for `overlap` from then on.

    With `end_older` a key that is still being retired ends now. The new key ends when the old one
    would have. Raises KeyBeingMade, KeyBeingRetired or KeyExpired, each with its sentence.
    """
    try:
        with transaction.atomic():
            _require_active(tenant)
            _make_room(tenant, end_older=end_older)
            old = tenant.keys.filter(state=ApiKey.State.LIVE).first()
            new = want_key(
                tenant,
                replaces=old,
                overlap=overlap if old else None,
                expires_at=_inherited_end(tenant, asked_by),
                asked_by=asked_by,
            )
            before = {"key": str(old) if old else ""}
            after = {"overlap_hours": overlap.total_seconds() / 3600, "ended_older": end_older}
            audit.record(act, "rotate key", tenant, before=before, after=after)
            reconcile.request_reconcile(tenant)
    except IntegrityError as error:  # somebody asked at the same moment
        raise KeyBeingMade(_MADE) from error
    return new


@transaction.atomic
def revoke_key(key: ApiKey, act: Act) -> None:
    """End the key now, without one in its place. Raises KeyNotLive."""
    _end(key, ApiKey.End.REVOKED)
    audit.record(act, "revoke key", key.tenant, before={"key": str(key)})
    reconcile.request_reconcile(key.tenant)


@transaction.atomic
def revoke_published_key(key: ApiKey, act: Act, *, asked_by: Member | None = None) -> None:
    """The key can be read by strangers: end it now, make another, and tell the owners by mail.

    Raises KeyNotLive. A key that was being retired gets no successor: that one is there already.
    """
    is_current = key.state == ApiKey.State.LIVE
    _end(key, ApiKey.End.PUBLISHED)
    tenant = key.tenant
    wanted = tenant.keys.filter(state=ApiKey.State.WANTED).exists()
    if is_current and not wanted:
        want_key(tenant, expires_at=key.expires_at, asked_by=asked_by)
    for owner in tenant.members.filter(left_at=None, role=Member.Role.OWNER):
        mail.promise(Message.Kind.KEY_PUBLISHED, to=owner.email, member=owner, key=key)
    audit.record(act, "key was published", tenant, before={"key": str(key)})
    reconcile.request_reconcile(tenant)


@transaction.atomic
def set_expiry(key: ApiKey, act: Act, *, expires_at: datetime) -> None:
    """Let the key end at this moment, and whatever replaces it too. Raises KeyNotLive."""
    rows = ApiKey.objects.filter(pk=key.pk, state__in=WORKING)
    if not rows.update(expires_at=expires_at.replace(microsecond=0)):
        raise KeyNotLive(_NOT_LIVE)
    before = {"key": str(key), "expires_at": key.expires_at and key.expires_at.isoformat()}
    after = {"expires_at": expires_at.isoformat()}
    audit.record(act, "set end of key", key.tenant, before=before, after=after)
    reconcile.request_reconcile(key.tenant)


def withdraw_ended() -> int:
    """Withdraw the keys whose time is over. The API refuses them by itself since then."""
    now = timezone.now()
    ended = ApiKey.objects.filter(
        Q(state=ApiKey.State.RETIRING, retires_at__lte=now)
        | Q(state__in=WORKING, expires_at__lte=now)
    ).select_related("tenant")[:100]
    for key in ended:
        is_expired = key.expires_at is not None and key.expires_at <= now
        why = ApiKey.End.EXPIRED if is_expired else ApiKey.End.ROTATED
        with transaction.atomic():
            audit.record(SYSTEM, "key ended", key.tenant, before={"key": str(key)})
            _end(key, why)
            reconcile.request_reconcile(key.tenant)
    return len(ended)


def _make_room(tenant: Tenant, *, end_older: bool) -> None:
    """See to it that there are two keys at most: the live one and the one to come."""
    if tenant.keys.filter(state=ApiKey.State.WANTED).exists():
        raise KeyBeingMade(_MADE)
    older = tenant.keys.filter(state=ApiKey.State.RETIRING).first()
    if older and not end_older:
        words = _("The key %(key)s still works beside the current one. End it first, or wait.")
        raise KeyBeingRetired(words % {"key": older})
    if older:
        _end(older, ApiKey.End.ROTATED)


def _inherited_end(tenant: Tenant, asked_by: Member | None) -> datetime | None:
    """Return the end of the tenant's newest key: nobody gets more time by asking for a new key.

    Staff do: what they make after such an end has none.
    """
    newest = tenant.keys.first()
    end = newest.expires_at if newest else None
    if end is None or end > timezone.now():
        return end
    if asked_by:
        raise KeyExpired(_("The key ended on the date set for it. Ask support for a new one."))
    return None


def _end(key: ApiKey, why: ApiKey.End) -> None:
    rows = ApiKey.objects.filter(pk=key.pk, state__in=WORKING)
    if not rows.update(state=ApiKey.State.WITHDRAWN, ended_as=why):
        raise KeyNotLive(_NOT_LIVE)


def _require_active(tenant: Tenant) -> None:
    if tenant.state == Tenant.State.CLOSED:
        raise AccountClosed(_("This account is closed. The person may sign up again."))


_MADE = gettext_lazy("A new key is being made already. It is ready within seconds.")
_NOT_LIVE = gettext_lazy("This key does not work any more.")
