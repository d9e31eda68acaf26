"""Asking the owners whether somebody may join, and what the asker may do meanwhile."""

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.utils import timezone

from backoffice import audit
from backoffice.audit import Act
from tenants.errors import LinkExpired, LinkUnknown
from tenants.joining import telling
from tenants.models import Domain, JoinRequest, SignUp, Tenant

LIFETIME = timedelta(days=14)
# More than an account has room for: who comes then founds an account of their own.
MOST_WAITING = 50
SALT = "own-account"
State = JoinRequest.State


def ask(row: SignUp) -> bool:
    """Ask the owners of the customer who has the domain, within the transaction that settles the
    sign-up. False where no rule wants that, or too many wait already."""
    domain = (
        Domain.objects.filter(
            name=row.email.rpartition("@")[2],
            rule=Domain.Rule.ASK,
            released_at=None,
            tenant__state=Tenant.State.ACTIVE,
        )
        .select_related("tenant")
        .first()
    )
    if domain is None:
        return False
    waiting = JoinRequest.objects.filter(tenant=domain.tenant, state=State.WAITING)
    if waiting.count() >= MOST_WAITING:
        return False
    request = JoinRequest.objects.create(
        tenant=domain.tenant,
        domain=domain,
        sign_up=row,
        email=row.email,
        full_name=row.full_name,
        expires_at=timezone.now() + LIFETIME,
    )
    SignUp.objects.filter(pk=row.pk).update(state=SignUp.State.ASKING)
    act = Act(None, name=row.email)
    audit.record(act, "ask to join", domain.tenant, after={"email": row.email})
    telling.tell_owners(request)
    telling.tell_asker(request, sign_up=row)
    return True


def request_of(row: SignUp) -> JoinRequest | None:
    """Return what this sign-up asked for, while it leads nowhere else."""
    if row.state != SignUp.State.ASKING:
        return None
    return JoinRequest.objects.select_related("tenant").filter(sign_up=row).first()


def last_of(email: str) -> JoinRequest | None:
    """Return the request of somebody who has no account yet, whatever was answered."""
    rows = JoinRequest.objects.filter(email=email, sign_up__state=SignUp.State.ASKING)
    return rows.select_related("sign_up").last()


def end(request: JoinRequest, state: JoinRequest.State) -> bool:
    """End a request that waits, within a transaction; False if something else ended it before."""
    waiting = JoinRequest.objects.filter(pk=request.pk, state=State.WAITING)
    return bool(waiting.update(state=state, answered_at=timezone.now()))


def expire_due() -> int:
    """End what nobody answered in time; the asker is told how to go on."""
    due = list(
        JoinRequest.objects.filter(state=State.WAITING, expires_at__lte=timezone.now())[:100]
    )
    for request in due:
        expire(request)
    return len(due)


@transaction.atomic
def expire(request: JoinRequest) -> None:
    if end(request, State.EXPIRED):
        request.refresh_from_db()
        telling.tell_asker(request, sign_up=request.sign_up)


def mint_token(row: SignUp) -> str:
    """Return the token of the link to an account of one's own. Signed; nothing of it is stored,
    and what it may do follows from the state of the row."""
    return signing.dumps(row.pk.hex, salt=SALT)


def find_sign_up(token: str) -> SignUp:
    """Raises LinkUnknown, also for one that led to an account, or LinkExpired."""
    try:
        found = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except signing.BadSignature as error:
        raise LinkUnknown from error
    row = SignUp.objects.filter(pk=found, state=SignUp.State.ASKING).first()
    if row is None:
        raise LinkUnknown
    return row
