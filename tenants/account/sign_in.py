"""From an address and a password to the person who may look at the account."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from adapters import hosted_sign_in, user_pool
from adapters import sign_in as pool
from adapters.code_flow import Attempt
from adapters.sign_in import AccessClosed, Challenge, NotSignedIn, SignedIn
from adapters.tokens import Pool
from tenants import links, login_facts, reconcile, support
from tenants.account.sessions import may_come_in
from tenants.models import Member


def check_password(email: str, password: str) -> Member | Challenge:
    """Return who it is, or what Cognito asks next.

    Raises NotSignedIn, AccessClosed (the password is right, the account is not open) or TryLater.
    """
    client_id = settings.USER_POOL_CLIENT_ID
    try:
        answer = pool.sign_in(client_id, email=email, password=password)
    except NotSignedIn as error:
        login_facts.note_refusal(email, error.status)
        raise
    if isinstance(answer, Challenge):
        login_facts.note_question(email, answer.kind)
    return _person(answer)


def check_code(challenge: Challenge, code: str) -> Member | Challenge:
    """Raises CodeWrong, after which another may be tried; ChallengeOver; or as check_password."""
    return _person(pool.answer_code(settings.USER_POOL_CLIENT_ID, challenge, code))


def redeem_hosted(attempt: Attempt, code: str, *, back_to: str) -> Member:
    """Return whom the pages that Cognito hosts have signed in.

    Raises ChallengeOver, AccessClosed, TryLater or, if the stage is set up wrongly, Refused.
    """
    site = settings.HOSTED_UI_URL
    ours = Pool(settings.USER_POOL_ID, settings.USER_POOL_CLIENT_ID)
    person = _person(hosted_sign_in.redeem(site, ours, attempt, code, back_to=back_to))
    if isinstance(person, Challenge):
        raise AccessClosed
    return person


def replace_password(challenge: Challenge, password: str, *, since: datetime) -> Member | Challenge:
    """Replace a temporary password. `since` is when the temporary one was given: a reset that
    came after it wins. Raises PasswordTooWeak, ChallengeOver, or as check_password."""
    answer = pool.answer_new_password(settings.USER_POOL_CLIENT_ID, challenge, password)
    person = _person(answer)
    if isinstance(person, Member):
        note_new_password(person, since=since)
    return person


def note_new_password(member: Member, *, since: datetime) -> None:
    """Say that the person chose a password just now: sessions that began before are over, and so
    are links in mails. If staff have reset the account since `since`, the new password is voided
    too, and NotSignedIn is raised."""
    now = timezone.now()
    not_reset = Q(sign_out_wanted_at=None) | Q(sign_out_wanted_at__lte=since)
    with transaction.atomic():
        row = Member.objects.filter(pk=member.pk)
        if is_theirs := bool(row.filter(not_reset).update(password_set_at=now)):
            links.void_links(member, now)
            support.close_for(member, now)
            login_facts.note(member, status=user_pool.CONFIRMED)
        else:
            row.update(sign_out_wanted_at=now)
            reconcile.request_reconcile(member.tenant)
    if not is_theirs:
        raise NotSignedIn
    member.password_set_at = now


def _person(answer: SignedIn | Challenge) -> Member | Challenge:
    if isinstance(answer, Challenge):
        return answer
    people = Member.objects.select_related("tenant").filter(left_at=None)
    member = people.filter(user_id=answer.user_id).first()
    if member is None:
        member = _adopted(people.filter(email=answer.email.casefold()).first(), answer)
    if member is None or not may_come_in(member):
        raise AccessClosed
    return member


def _adopted(member: Member | None, answer: SignedIn) -> Member | None:
    """A login that somebody made by hand for an address of ours: AWS has to follow it."""
    if member is not None:
        reconcile.request_reconcile(member.tenant)
    return member
