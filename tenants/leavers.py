"""People who left: what AWS still has of them, and when it has nothing any more."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from adapters import user_pool
from tenants.models import Member


def login_left_behind(member: Member) -> str:
    """Return the Cognito id under which this person's login or permissions are to be deleted.

    A worker may have made the login and died before it noted the id, so it is looked for by the
    address. Empty if nothing is left, or if the address is somebody else's by now.
    """
    if Member.objects.filter(email=member.email, left_at=None).exists():
        return ""
    user = user_pool.find_user(settings.USER_POOL_ID, member.email)
    if user is None:
        return member.user_id
    return user.user_id if user.tenant_id == member.tenant_id else ""


def note_gone(members: Iterable[Member], now: datetime) -> None:
    ids = [member.pk for member in members]
    Member.objects.filter(pk__in=ids).update(login_gone_at=now)
