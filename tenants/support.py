"""A forgotten password: the person asks, staff send a one-time link, the new password closes it.

Nobody can choose a password by an address alone: the pool knows admin-only recovery.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from tenants import mail
from tenants.errors import NotPossible
from tenants.models import Member, Message, SupportRequest, Tenant


def ask_for_password(email: str, now: datetime) -> None:
    """Write the request down for staff, one for each person. Nothing for an unknown address, and
    the caller is not told: nobody learns here who has an account."""
    people = Member.objects.filter(email=email, left_at=None, tenant__state=Tenant.State.ACTIVE)
    member = people.first()
    if member is None or _asked_again(member, now):
        return
    try:
        with transaction.atomic():
            SupportRequest.objects.create(member=member, asked_at=now)
    except IntegrityError:
        _asked_again(member, now)  # somebody else was faster


def send_link(row: SupportRequest, act: Act) -> None:
    """Promise the person a mail with a one-time link. The old password works until it is used.

    Raises NotPossible if the request is closed.
    """
    with transaction.atomic():
        now = timezone.now()
        is_open = SupportRequest.objects.filter(pk=row.pk, state__in=SupportRequest.OPEN)
        if row.member.disabled_at:
            raise NotPossible(_("This person's sign-in is disabled. Enable it first."))
        if row.member.left_at or not is_open.update(
            state=SupportRequest.State.SENT, answered_at=now
        ):
            raise NotPossible(_("This request is closed already."))
        waiting = row.member.message_set.filter(state=Message.State.WAITING)
        if not waiting.filter(kind=Message.Kind.PASSWORD_LINK).exists():
            kind = Message.Kind.PASSWORD_LINK
            mail.send_worker(mail.promise(kind, to=row.member.email, member=row.member))
        audit.record(act, "send password link", row.member.tenant, after={"of": row.member.email})


def dismiss(row: SupportRequest, act: Act) -> None:
    """Close the request without a link. Raises NotPossible if it is closed."""
    with transaction.atomic():
        if not open_requests(row.member).update(
            state=SupportRequest.State.DISMISSED, closed_at=timezone.now()
        ):
            raise NotPossible(_("This request is closed already."))
        audit.record(
            act, "dismiss support request", row.member.tenant, before={"of": row.member.email}
        )


def close_for(member: Member, now: datetime) -> None:
    """The person has chosen a password: nothing is left to do. Call it in that transaction."""
    open_requests(member).update(state=SupportRequest.State.DONE, closed_at=now)


def open_requests(member: Member) -> QuerySet[SupportRequest]:
    return SupportRequest.objects.filter(member=member, state__in=SupportRequest.OPEN)


def waiting_requests() -> QuerySet[SupportRequest]:
    """What staff have to answer, of customers who are still there."""
    return SupportRequest.objects.filter(state=SupportRequest.State.WAITING, member__left_at=None)


def _asked_again(member: Member, now: datetime) -> bool:
    return bool(
        open_requests(member).update(
            times=F("times") + 1, asked_at=now, state=SupportRequest.State.WAITING
        )
    )
