"""Saying that a domain is yours: what the customer asks for before anything is proved."""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from tenants import limits, mail
from tenants.domains import holding
from tenants.domains.workers import send_looker
from tenants.errors import NotPossible
from tenants.models import Domain, DomainClaim, Member, Message, Tenant

LIFETIME = timedelta(days=7)
# Each claim may send mails to strangers and asks the DNS for a week.
MOST_A_DAY = 20
BETWEEN_LOOKS = timedelta(seconds=30)
# Where a domain's mail is read by who runs it: RFC 2142, and what certificate authorities use
# (CA/Browser Forum, Baseline Requirements 3.2.2.4.4).
MAILBOXES = ("postmaster", "hostmaster", "webmaster", "admin", "administrator")
State = DomainClaim.State


@transaction.atomic
def claim(member: Member, act: Act, *, name: str) -> DomainClaim:
    """Write down what this person says, and begin to look for the proof.

    Raises NotPossible for what is no domain, a public one, one that is held, or one too many.
    """
    domain, now = holding.read_name(name), timezone.now()
    tenant = Tenant.objects.select_for_update().get(pk=member.tenant_id)
    _require_free(tenant, domain)
    _require_room(tenant, now)
    try:
        with transaction.atomic():
            row = DomainClaim.objects.create(
                tenant=tenant,
                name=domain,
                asked_by=member,
                token=secrets.token_hex(16),
                expires_at=now + LIFETIME,
                look_at=now,
            )
    except IntegrityError as error:
        raise NotPossible(_("You are proving this domain already: see below.")) from error
    audit.record(act, "claim domain", tenant, after={"domain": domain})
    send_looker(row)
    return row


@transaction.atomic
def send_link(row: DomainClaim, act: Act, *, mailbox: str) -> None:
    """Promise a mail with a one-time link to who reads the domain's mail; the links before it are
    void. Raises NotPossible, TooMany or TryLater."""
    if mailbox not in MAILBOXES:
        raise NotPossible(_("Choose one of the addresses of the list."))
    address = f"{mailbox}@{row.name}"
    limits.count_e_mail(address, timezone.now())
    waiting = DomainClaim.objects.filter(pk=row.pk, state=State.WAITING)
    if not waiting.update(mailbox=mailbox, link_hash="", link_ends_at=None):
        raise NotPossible(_("This domain does not wait for a proof any more."))
    Message.objects.filter(domain_claim=row, state=Message.State.WAITING).update(
        state=Message.State.DROPPED
    )
    audit.record(act, "mail domain link", row.tenant, after={"domain": row.name, "to": address})
    mail.send_worker(
        Message.objects.create(kind=Message.Kind.DOMAIN_LINK, to=address, domain_claim=row)
    )


@transaction.atomic
def withdraw(row: DomainClaim, act: Act) -> None:
    """Safe to repeat."""
    if end(row, State.WITHDRAWN):
        audit.record(act, "withdraw domain claim", row.tenant, before={"domain": row.name})


def look_now(row: DomainClaim) -> None:
    """Have the DNS asked at once. Raises NotPossible within half a minute of the last press."""
    now = timezone.now()
    rows = DomainClaim.objects.filter(pk=row.pk, state=State.WAITING)
    rested = Q(pressed_at=None) | Q(pressed_at__lte=now - BETWEEN_LOOKS)
    with transaction.atomic():
        if not rows.filter(rested).update(pressed_at=now, look_at=now):
            raise NotPossible(_("We looked a moment ago. Wait half a minute before the next look."))
        send_looker(row)


def end(row: DomainClaim, state: DomainClaim.State) -> bool:
    """End a claim that waits, within a transaction; False if something else ended it before."""
    now = timezone.now()
    changes = {"state": state, "ended_at": now, "link_hash": "", "look_at": None}
    if not DomainClaim.objects.filter(pk=row.pk, state=State.WAITING).update(**changes):
        return False
    Message.objects.filter(domain_claim=row, state=Message.State.WAITING).update(
        state=Message.State.DROPPED
    )
    return True


def end_all(tenant: Tenant) -> None:
    """The account is being closed, within that transaction."""
    for row in tenant.claims.filter(state=State.WAITING):
        end(row, State.WITHDRAWN)


def _require_free(tenant: Tenant, domain: str) -> None:
    """Who has it is told to nobody else."""
    holder = Domain.objects.filter(name=domain, released_at=None).first()
    if holder and holder.tenant_id == tenant.pk:
        raise NotPossible(_("%(domain)s is yours already.") % {"domain": domain})
    if holder:
        raise NotPossible(
            _(
                "Another account has proved that %(domain)s is theirs. If it is yours, write to"
                " support: we look at it with both of you."
            )
            % {"domain": domain}
        )


def _require_room(tenant: Tenant, now: datetime) -> None:
    if tenant.state == Tenant.State.CLOSED:
        raise NotPossible(_("This account is closed."))
    waiting = tenant.claims.filter(state=State.WAITING).count()
    if tenant.domains.filter(released_at=None).count() + waiting >= holding.MOST_DOMAINS:
        raise NotPossible(
            _("An account has 10 domains at most, those that are being proved included.")
        )
    if tenant.claims.filter(asked_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise NotPossible(_("You have named 20 domains within a day. Go on tomorrow."))
