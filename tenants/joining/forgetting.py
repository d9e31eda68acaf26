"""Forgetting who was refused, or not answered, and opened no account of their own either."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from adapters import user_pool
from adapters.errors import OutsideError
from tenants.models import JoinRequest, Member, SignUp

# Their link is good for 14 days after the mail, and who comes again gets another.
KEPT_FOR = timedelta(days=30)
MOST_AT_ONCE = 100
State = JoinRequest.State


def forget_answered() -> int:
    """Close their sign-ups and delete their logins: the address is free again. Safe to repeat, and
    after a death half-way: a closed row that still names a login has one to delete."""
    over = JoinRequest.objects.filter(
        state__in=(State.REFUSED, State.EXPIRED), answered_at__lt=timezone.now() - KEPT_FOR
    )
    mine = SignUp.objects.filter(pk__in=over.values("sign_up"))
    mine.filter(state=SignUp.State.ASKING).update(
        state=SignUp.State.CLOSED, updated_at=timezone.now()
    )
    closed = list(mine.filter(state=SignUp.State.CLOSED).exclude(user_id="")[:MOST_AT_ONCE])
    for row in closed:
        try:
            _delete_login(row)
        except OutsideError:
            continue
    return len(closed)


def _delete_login(row: SignUp) -> None:
    """Unless somebody has invited them meanwhile: then it is the login of a customer's person."""
    is_wanted = Member.objects.filter(email=row.email, left_at=None).exists()
    user = None if is_wanted else user_pool.find_user(settings.USER_POOL_ID, row.email)
    if user and user.user_id == row.user_id:
        user_pool.delete_user(settings.USER_POOL_ID, user.user_id)
    SignUp.objects.filter(pk=row.pk).update(user_id="")
