"""Giving an account to somebody else in it, as one act: at no moment is it nobody's."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from tenants import mail, people, reconcile
from tenants.errors import NotPossible
from tenants.models import Member, Message, Tenant

Role, Kind = Member.Role, Message.Kind


def may_receive(member: Member, giver: Member) -> bool:
    """Whether this person is another one, who can sign in."""
    came_in = member.password_set_at is not None and member.disabled_at is None
    return came_in and member.left_at is None and member.pk != giver.pk


def find_heir(giver: Member, key: str) -> Member:
    """Return the person called `key` if the account may be theirs. Raises NotPossible if not: an
    account whose owner cannot sign in is nobody's."""
    heir = people.find(giver.tenant, key)
    if not isinstance(heir, Member) or not may_receive(heir, giver):
        raise NotPossible(_("They have to sign in once before the account can be theirs."))
    return heir


def give_ownership(giver: Member, key: str, act: Act, *, keep: str) -> Member:
    """Make the person called `key` an owner and the giver what `keep` says, at once.

    Both are told by mail. Raises NotPossible for a giver who is no owner by now, and for somebody
    who has not come in yet.
    """
    if keep == Role.OWNER or keep not in Role.values:
        raise NotPossible(_("Choose what you are afterwards."))
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=giver.tenant_id)
        giver = tenant.members.get(pk=giver.pk)
        if giver.role != Role.OWNER or giver.left_at:
            raise NotPossible(_("You do not own this account any more."))
        heir = find_heir(giver, key)
        before = {giver.email: giver.role, heir.email: heir.role}
        tenant.members.filter(pk=heir.pk).update(role=Role.OWNER)
        tenant.members.filter(pk=giver.pk).update(role=keep)
        after = {giver.email: keep, heir.email: str(Role.OWNER)}
        audit.record(act, "give ownership", tenant, before=before, after=after)
        _tell(Kind.OWNERSHIP_GIVEN, giver, heir)
        _tell(Kind.OWNERSHIP_RECEIVED, heir, giver)
        reconcile.request_reconcile(tenant)
    heir.refresh_from_db()
    return heir


def facts_of(message: Message) -> dict[str, Any]:
    if message.kind not in (Kind.OWNERSHIP_GIVEN, Kind.OWNERSHIP_RECEIVED) or not message.member:
        return {}
    return {
        "colleague": message.colleague,
        "company": message.member.tenant.company,
        "account_page": f"{settings.PORTAL_URL}{reverse('account')}",
    }


def _tell(kind: Message.Kind, to: Member, other: Member) -> None:
    """The mails go once the account is set up anew."""
    row = Message.objects.create(kind=kind, to=to.email, member=to, colleague=other)
    mail.send_worker(row)
