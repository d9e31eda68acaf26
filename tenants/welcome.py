"""From a one-time link to a password and a key that is shown once."""

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from adapters import usage_plans, user_pool
from adapters.errors import OutsideError
from adapters.user_pool import PasswordTooWeak
from backoffice import audit
from backoffice.audit import Act
from tenants import links, login_facts, support, turns
from tenants.errors import KeyAlreadyShown, LinkUsed
from tenants.models import MAY_USE_KEYS, ApiKey, Member, OneTimeLink


def choose_password(link: OneTimeLink, password: str) -> None:
    """Set the password and use the link up.

    Raises LinkUsed or LinkExpired, PasswordTooWeak, or TryLater; the link stays good after the
    last two. Two readers of one link cannot both set a password.
    """
    links.require_usable(link, timezone.now())
    if not link.claim(used_at=None):
        raise LinkUsed
    try:
        user_pool.set_password(settings.USER_POOL_ID, link.member.user_id, password)
    except (PasswordTooWeak, OutsideError):
        link.give_back()
        raise
    with transaction.atomic():
        now = timezone.now()
        Member.objects.filter(pk=link.member_id).update(password_set_at=now)
        login_facts.note(link.member, status=user_pool.CONFIRMED)
        link.give_back(used_at=now)
        links.void_links(link.member, now)
        support.close_for(link.member, now)
        _note(link.member, "choose password", of=link.member.email)


def unseen_key(member: Member) -> ApiKey | None:
    """Return the tenant's key if nobody has seen it yet and this person may.

    A key that one of the people asked for is theirs to see; any other is for whoever of the owners
    and developers comes first.
    """
    if member.role not in MAY_USE_KEYS or member.disabled_at:
        return None
    whose = Q(asked_by=None) | Q(asked_by=member)
    return member.tenant.keys.filter(whose, state=ApiKey.State.LIVE, shown_at=None).first()


def reveal_key(member: Member) -> str:
    """Return the key's value, once: of many readers at the same time one gets it.

    Raises KeyAlreadyShown, or TryLater, after which it may be tried again.
    """
    key = unseen_key(member)
    now = timezone.now()
    if key is None or not ApiKey.objects.filter(pk=key.pk, shown_at=None).update(shown_at=now):
        raise KeyAlreadyShown
    try:
        turns.charge(1)
        value = usage_plans.key_value(key.key_id)
    except OutsideError:
        ApiKey.objects.filter(pk=key.pk, shown_at=now).update(shown_at=None)
        raise
    _note(member, "show key", key=str(key))
    return value


def _note(member: Member, verb: str, **after: str) -> None:
    audit.record(Act(None, name=member.email), verb, member.tenant, after=after)
