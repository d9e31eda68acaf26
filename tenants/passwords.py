"""A person's password is void: whatever let them choose one before is, too, and a link follows."""

from datetime import datetime

from tenants import links, mail
from tenants.models import Member, Message


def ask_for_new(member: Member, now: datetime, *, is_void: bool = False) -> None:
    """Promise the person a mail with a one-time link; their sessions with us end. Call it within
    a transaction.

    With `is_void` Cognito has nothing of the old password any more; otherwise the reconciler makes
    it useless.
    """
    links.void_links(member, now)
    mail.drop_waiting(member)
    mail.promise(Message.Kind.RESET, to=member.email, member=member)
    member.sign_out_wanted_at, member.password_set_at = now, None
    member.signed_out_at = now if is_void else member.signed_out_at
    member.save(update_fields=["sign_out_wanted_at", "signed_out_at", "password_set_at"])
