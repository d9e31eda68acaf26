"""The people of a customer, as their owner changes them. AWS follows by the reconciler."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from campaigns.eligibility import unaliased
from tenants import limits, links, mail, reconcile, standing, support
from tenants.errors import NotPossible
from tenants.models import Invitation, Member, Message, OneTimeLink, Tenant
from tenants.newsletters import consents

# Each person is a login that costs, and an invitation is a mail to an address that is not ours.
MOST_PEOPLE = 50


@dataclass(frozen=True)
class Person:
    """One line of the list. `key` names it in forms; an invitation that cannot become a person
    looks like one that was not opened yet."""

    key: str
    email: str
    full_name: str
    role: str
    role_label: str
    colour: str
    login: str
    is_waiting: bool


def people_of(tenant: Tenant) -> list[Person]:
    """Return members and invitations in the order in which they came, in four queries."""
    now = timezone.now()
    links_of = list(OneTimeLink.objects.filter(member__tenant=tenant))
    mails = list(
        Message.objects.filter(Q(member__tenant=tenant) | Q(invitation__tenant=tenant)).exclude(
            state=Message.State.DROPPED
        )
    )
    rows: list[tuple[datetime, Person]] = []
    for member in tenant.members.filter(left_at=None):
        own = [link for link in links_of if link.member_id == member.pk]
        waiting = [m for m in mails if m.member_id == member.pk and m.state != Message.State.SENT]
        colour, login = standing.login_of(member, own, waiting, now)
        person = _line(f"m{member.pk}", member, colour, login, member.password_set_at is None)
        rows.append((member.created_at, person))
    for each in tenant.invitations.all():
        colour, login = _looks([m for m in mails if m.invitation_id == each.pk], now)
        rows.append((each.created_at, _line(f"i{each.pk}", each, colour, login, True)))
    return [person for _at, person in sorted(rows, key=lambda row: row[0])]


def invite(tenant: Tenant, act: Act, *, email: str, full_name: str, role: str) -> None:
    """Write the person down and promise them a mail with a one-time link.

    An address that has an account elsewhere gets a mail that says so, and nobody else is told.
    Raises NotPossible for somebody who is here already, or TooMany or TryLater.
    """
    limits.count_e_mail(email, timezone.now())
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        here = tenant.members.filter(left_at=None)
        invited = tenant.invitations.all()
        if here.filter(email=email).exists() or invited.filter(email=email).exists():
            raise NotPossible(_("This address is on your list already."))
        if here.count() + invited.count() >= MOST_PEOPLE:
            raise NotPossible(_("An account has 50 people at most. Remove somebody first."))
        audit.record(act, "invite", tenant, after={"email": email, "role": role})
        values = {"email": email, "full_name": full_name, "role": role}
        member = _make_member(tenant, values)
        if member is None:
            _promise_elsewhere(Invitation.objects.create(tenant=tenant, **values))
            return
        mail.promise(Message.Kind.INVITATION, to=email, member=member)
        reconcile.request_reconcile(tenant)


def add_colleague(tenant: Tenant, *, email: str, full_name: str, role: str) -> Member | None:
    """Add somebody whom the customer's rule lets in, within a transaction. None where there is no
    room any more; raises IntegrityError if the address has an account meanwhile."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    if tenant.members.filter(left_at=None).count() + tenant.invitations.count() >= MOST_PEOPLE:
        return None
    values = {"email": email, "full_name": full_name, "role": role}
    return Member.objects.create(tenant=tenant, identity=unaliased(email), **values)


def resend(tenant: Tenant, key: str, act: Act) -> None:
    """Promise another mail with a new link, unless one is on its way. Raises NotPossible if the
    person has chosen a password, or TooMany."""
    row = find(tenant, key)
    limits.count_e_mail(row.email, timezone.now())
    with transaction.atomic():
        audit.record(act, "invite again", tenant, after={"email": row.email})
        if isinstance(row, Invitation):
            _promise_elsewhere(row)
        elif row.password_set_at:
            raise NotPossible(_("This person has signed in already."))
        elif not row.message_set.filter(state=Message.State.WAITING).exists():
            kind = Message.Kind.RESET if row.sign_out_wanted_at else Message.Kind.INVITATION
            mail.send_worker(mail.promise(kind, to=row.email, member=row))


def change_role(tenant: Tenant, key: str, act: Act, *, role: str) -> None:
    """Raises NotPossible for the last owner. What a token says lasts up to an hour."""
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        row = find(tenant, key)
        if role != Member.Role.OWNER:
            _require_another_owner(tenant, row)
        before = row.role
        row.role = role
        row.save(update_fields=["role"])
        what = {"email": row.email, "role": role}
        audit.record(act, "change role", tenant, before={"role": before}, after=what)
        reconcile.request_reconcile(tenant)


def remove(tenant: Tenant, key: str, act: Act) -> str:
    """Take the person out at once: sessions and links end now, login and permissions follow.

    Returns the address. Raises NotPossible for the last owner, or if nobody is called so.
    """
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        row = find(tenant, key)
        _require_another_owner(tenant, row)
        audit.record(act, "remove person", tenant, before={"email": row.email, "role": row.role})
        if isinstance(row, Invitation):
            row.delete()
            return row.email
        let_go(row)
    return row.email


def let_go(member: Member) -> None:
    """Take somebody out of their account, within a transaction that allows it."""
    now = timezone.now()
    Member.objects.filter(pk=member.pk).update(left_at=now)
    mail.drop_waiting(member)
    links.void_links(member, now)
    consents.withdraw(member, by=consents.End.LEFT)
    support.close_for(member, now)
    reconcile.request_reconcile(member.tenant)


def is_last_owner(member: Member) -> bool:
    """Whether nobody else who can sign in owns the account."""
    if member.role != Member.Role.OWNER:
        return False
    came_in = Q(password_set_at__isnull=False) | Q(sign_out_wanted_at__isnull=False)
    owners = member.tenant.members.filter(came_in, left_at=None, role=Member.Role.OWNER)
    return not owners.exclude(pk=member.pk).exists()


def _make_member(tenant: Tenant, values: dict[str, str]) -> Member | None:
    """None if the address has an account elsewhere; the database decides, whoever is faster."""
    try:
        with transaction.atomic():
            return Member.objects.create(
                tenant=tenant, identity=unaliased(values["email"]), **values
            )
    except IntegrityError:
        return None


def find(tenant: Tenant, key: str) -> Member | Invitation:
    """Look among this customer's own people alone."""
    number = int(key[1:]) if key[1:].isdecimal() and key.isascii() else 0
    if key.startswith("i"):
        invitation = tenant.invitations.filter(pk=number).first()
        if invitation is not None:
            return invitation
    member = tenant.members.filter(pk=number, left_at=None).first()
    if member is None or not key.startswith("m"):
        raise NotPossible(_("Nobody on your list is called so any more. Look at the list again."))
    return member


def _require_another_owner(tenant: Tenant, row: Member | Invitation) -> None:
    """An account without an owner who can sign in is nobody's. Call it under the row's lock."""
    if isinstance(row, Member) and is_last_owner(row):
        raise NotPossible(
            _("This is the last owner who can sign in. Make somebody else an owner first.")
        )


def _promise_elsewhere(row: Invitation) -> None:
    waiting = Message.objects.filter(invitation=row, state=Message.State.WAITING)
    if not waiting.exists():
        kind = Message.Kind.INVITED_ELSEWHERE
        mail.send_worker(Message.objects.create(kind=kind, to=row.email, invitation=row))


def _looks(mails: list[Message], now: datetime) -> tuple[str, str]:
    """Say what would be said of somebody who has not opened their link."""
    if any(each.state == Message.State.HELD for each in mails):
        return "danger", _("Mail comes back")
    if any(each.state == Message.State.STUCK for each in mails):
        return "danger", _("Mail is stuck")
    sent = [each.sent_at for each in mails if each.sent_at]
    if sent and max(sent) + links.LIFETIME > now:
        return "info", _("Link sent")
    if any(each.state == Message.State.WAITING for each in mails):
        return "info", _("Link is on its way")
    return "warning", _("Link expired")


def _line(key: str, row: Member | Invitation, colour: str, login: str, waits: bool) -> Person:
    label = str(Member.Role(row.role).label)
    return Person(key, row.email, row.full_name, row.role, label, colour, login, waits)
