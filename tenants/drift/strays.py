"""Things in AWS that no row of ours has: which of those on a page are nobody's.

A page is read before the rows are. What a row has given up within the last minute is therefore no
stray: it may have gone in between.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from adapters import user_pool
from adapters.definitions import name_of
from adapters.inventories import GatewayKey, Login
from tenants.models import ApiKey, Domain, Member, SignUp

JUST_NOW = timedelta(minutes=1)
# Whoever signs up by themselves has a day for the code from the mail; the sweep deletes them then.
UNCONFIRMED_FOR = timedelta(days=2)
_UNDER_WAY = (SignUp.State.RECEIVED, SignUp.State.CONFIRMING, SignUp.State.PROVISIONING)


def stray_logins(logins: Sequence[Login]) -> list[Login]:
    """A user whom another program of ours signed up is nobody's until they confirm."""
    ours = _people({login.user_id for login in logins})
    emails = {login.email for login in logins}
    known = set(Member.objects.filter(_here(), email__in=emails).values_list("email", flat=True))
    young = timezone.now() - UNCONFIRMED_FOR
    return [
        login
        for login in logins
        if login.user_id not in ours
        and login.email not in known
        and not (login.status == user_pool.UNCONFIRMED and login.created_at > young)
    ]


def stray_keys(keys: Sequence[GatewayKey]) -> list[GatewayKey]:
    """Other stages of the account have keys of their own: ours are known by their names."""
    own = [key for key in keys if key.name.startswith(f"{name_of('key')}-")]
    ours = _keys({key.key_id for key in own})
    # A worker made it and died before it noted the id: the reconciler finds it by its name.
    nameless = ApiKey.objects.filter(_there(), name__in={key.name for key in own}, key_id="")
    unnoted = set(nameless.values_list("name", flat=True))
    return [key for key in own if key.key_id not in ours and key.name not in unnoted]


def stray_people(user_ids: Iterable[str]) -> set[str]:
    """Return those ids of people who are nobody's, and on the way to be nobody's."""
    wanted = set(user_ids)
    return wanted - _people(wanted)


def stray_key_ids(key_ids: Iterable[str]) -> set[str]:
    wanted = set(key_ids)
    return wanted - _keys(wanted)


def stray_domains(names: Iterable[str]) -> set[str]:
    """Return those e-mail domains that no customer holds, and none has just let go."""
    wanted = set(names)
    on_its_way_out = Q(gone_at=None) | Q(gone_at__gte=_a_moment_ago())
    known = Domain.objects.filter(Q(released_at=None) | on_its_way_out, name__in=wanted)
    return wanted - set(known.values_list("name", flat=True))


def _people(user_ids: set[str]) -> set[str]:
    members = Member.objects.filter(_here(), user_id__in=user_ids)
    coming = Q(state__in=_UNDER_WAY) | Q(updated_at__gte=_a_moment_ago())
    sign_ups = SignUp.objects.filter(coming, is_open=True, user_id__in=user_ids)
    found = (rows.values_list("user_id", flat=True) for rows in (members, sign_ups))
    return {user_id for rows in found for user_id in rows}


def _keys(key_ids: set[str]) -> set[str]:
    keys = ApiKey.objects.filter(_there(), key_id__in=key_ids)
    return set(keys.values_list("key_id", flat=True))


def _here() -> Q:
    """Members, and those who left whose login is still to be deleted."""
    return Q(left_at=None) | Q(login_gone_at=None) | Q(login_gone_at__gte=_a_moment_ago())


def _there() -> Q:
    return ~Q(state=ApiKey.State.GONE) | Q(withdrawn_at__gte=_a_moment_ago())


def _a_moment_ago() -> datetime:
    return timezone.now() - JUST_NOW
