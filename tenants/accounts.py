"""What staff do with an account: rows and an audit line in one transaction; AWS follows."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.definitions import definition
from backoffice import audit
from backoffice.audit import Act
from tenants import closing, keys, mail, passwords, reconcile
from tenants.errors import AccountClosed as AccountClosed
from tenants.errors import NotPossible
from tenants.models import ApiKey, Grant, Message, SignUp, Tenant


class AlreadySo(NotPossible):
    """The account is in that state already."""

    code = "already_so"


@transaction.atomic
def resend_welcome(tenant: Tenant, act: Act) -> None:
    """Mail a new one-time link to every member who has not chosen a password yet."""
    _require_active(tenant)
    here = tenant.members.filter(left_at=None, disabled_at=None)
    waiting = [member for member in here if member.password_set_at is None]
    if not waiting:
        raise AlreadySo(_("Everybody here has chosen a password. Reset the account instead."))
    for member in waiting:
        mail.drop_waiting(member)
        sign_up = SignUp.objects.filter(tenant=tenant).first()
        mail.send_worker(
            mail.promise(Message.Kind.WELCOME, to=member.email, member=member, sign_up=sign_up)
        )
    audit.record(act, "resend welcome", tenant, after={"to": [m.email for m in waiting]})


@transaction.atomic
def request_reset(tenant: Tenant, act: Act, *, new_key: bool = True) -> None:
    """Sign everybody out, void their passwords, mail each a one-time link; replace the key."""
    _require_active(tenant)
    now = timezone.now()
    old_key = tenant.keys.filter(state__in=(ApiKey.State.WANTED, ApiKey.State.LIVE)).first()
    for member in tenant.members.filter(left_at=None, disabled_at=None):
        passwords.ask_for_new(member, now)
    if new_key:
        tenant.keys.exclude(state=ApiKey.State.GONE).update(
            state=ApiKey.State.WITHDRAWN, ended_as=ApiKey.End.RESET
        )
        keys.want_key(tenant, expires_at=old_key.expires_at if old_key else None)
    audit.record(
        act,
        "reset account",
        tenant,
        before={"key": str(old_key) if old_key else ""},
        after={"new_key": new_key},
    )
    reconcile.request_reconcile(tenant)


@transaction.atomic
def suspend(tenant: Tenant, act: Act) -> None:
    """Refuse every call from now on: the access item closes first, keys and logins follow."""
    _require_active(tenant)
    _change(
        tenant,
        act,
        "suspend",
        _("This account is suspended already."),
        only_if={"suspended_at": None},
        suspended_at=timezone.now(),
        suspension_reason=act.reason[:500],
    )


@transaction.atomic
def reinstate(tenant: Tenant, act: Act) -> None:
    """Undo a suspension; grants decide again."""
    _require_active(tenant)
    _change(
        tenant,
        act,
        "reinstate",
        _("This account is not suspended."),
        only_if={"suspended_at__isnull": False},
        suspended_at=None,
        suspension_reason="",
    )


@transaction.atomic
def change_tier(tenant: Tenant, tier: str, act: Act) -> None:
    """Give the account this tier by staff's word, in place of an earlier word of staff."""
    _require_active(tenant)
    if tier not in definition("tiers"):
        raise NotPossible(_("There is no tier called %(tier)s.") % {"tier": tier})
    now = timezone.now()
    current = [grant.tier for grant in tenant.grants.filter(ended_at=None)]
    tenant.grants.filter(source=Grant.Source.STAFF, ended_at=None).update(ended_at=now)
    Grant.objects.create(
        tenant=tenant,
        source=Grant.Source.STAFF,
        tier=tier,
        starts_at=now,
        why=act.reason[:500],
    )
    audit.record(act, "change tier", tenant, before={"tiers": current}, after={"tier": tier})
    reconcile.request_reconcile(tenant)


@transaction.atomic
def reconcile_now(tenant: Tenant, act: Act) -> None:
    """Look at AWS anew and repair what differs."""
    audit.record(act, "reconcile now", tenant, before={"trouble": tenant.trouble})
    reconcile.request_reconcile(tenant)


@transaction.atomic
def close(tenant: Tenant, act: Act) -> None:
    """Delete logins and keys for good and free the address; the code goes back if it was unused."""
    _require_active(tenant)
    after = {"state": Tenant.State.CLOSED}
    audit.record(act, "close account", tenant, before={"state": tenant.state}, after=after)
    closing.close_tenant(tenant)


def _change(
    tenant: Tenant,
    act: Act,
    verb: str,
    sentence: str,
    *,
    only_if: dict[str, object],
    suspended_at: datetime | None,
    suspension_reason: str,
) -> None:
    """Change the row if it is in the other state, else refuse with this sentence."""
    rows = Tenant.objects.filter(pk=tenant.pk, **only_if)
    if not rows.update(suspended_at=suspended_at, suspension_reason=suspension_reason):
        raise AlreadySo(sentence)
    before, after = (
        {"suspended_at": moment and moment.isoformat()}
        for moment in (tenant.suspended_at, suspended_at)
    )
    audit.record(act, verb, tenant, before=before, after=after)
    reconcile.request_reconcile(tenant)


def _require_active(tenant: Tenant) -> None:
    if tenant.state == Tenant.State.CLOSED:
        raise AccountClosed(_("This account is closed. The person may sign up again."))
