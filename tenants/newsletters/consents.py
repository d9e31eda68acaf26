"""Yes and no to product news: the consent, and what it makes of the person's subscriptions.

Rows alone: nobody waits for a platform here.
"""

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from tenants.models import Member, SignUp
from tenants.newsletters import wordings
from tenants.newsletters.rows import (
    NewsletterConnection,
    NewsletterConsent,
    NewsletterSubscription,
)
from tenants.newsletters.workers import send_worker

Source = NewsletterConsent.Source
End = NewsletterConsent.End
Wanted = NewsletterSubscription.Wanted
State = NewsletterSubscription.State
There = NewsletterSubscription.There

_WORDINGS = {Source.SIGN_UP: wordings.SIGN_UP, Source.ACCOUNT: wordings.ACCOUNT}


@transaction.atomic
def give(member: Member, *, source: NewsletterConsent.Source) -> None:
    """Remember the yes and have the person subscribed wherever that is for them. Safe to repeat.

    Whoever opted out at a platform stays out of that one: only they can subscribe there again.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            NewsletterConsent.objects.create(
                member=member, given_at=now, source=source, wording=_WORDINGS.get(source, "")
            )
    except IntegrityError:
        return
    member.marketing_opt_in_at = now
    member.save(update_fields=["marketing_opt_in_at"])
    for connection in connections_of(member):
        want(member, connection)


@transaction.atomic
def withdraw(member: Member, *, by: NewsletterConsent.End) -> bool:
    """End the consent and have the person unsubscribed wherever they may be; False if there was
    none. What was never sent to a platform is not sent any more."""
    now = timezone.now()
    open_ones = NewsletterConsent.objects.filter(member=member, withdrawn_at=None)
    if not open_ones.update(withdrawn_at=now, withdrawn_by=by):
        return False
    member.marketing_opt_in_at = None
    member.save(update_fields=["marketing_opt_in_at"])
    take_out(member)
    return True


@transaction.atomic
def take_out(member: Member) -> None:
    """Have the person unsubscribed wherever a platform may know them."""
    now = timezone.now()
    wanted = NewsletterSubscription.objects.filter(member=member, wanted=Wanted.IN)
    wanted.filter(tried_at=None).update(
        wanted=Wanted.OUT, state=State.DONE, trouble="", changed_at=now
    )
    wanted.update(
        wanted=Wanted.OUT,
        state=State.WAITING,
        attempts=0,
        next_attempt_at=None,
        trouble="",
        changed_at=now,
    )
    for connection in NewsletterConnection.objects.filter(subscriptions__member=member):
        send_worker(connection)


def want(member: Member, connection: NewsletterConnection) -> None:
    """Have the person subscribed, unless they opted out there."""
    row, is_new = NewsletterSubscription.objects.get_or_create(member=member, connection=connection)
    if not is_new:
        again = NewsletterSubscription.objects.filter(pk=row.pk, wanted=Wanted.OUT)
        again.exclude(there__in=(There.UNSUBSCRIBED, There.INVALID)).update(
            wanted=Wanted.IN,
            state=State.WAITING,
            attempts=0,
            next_attempt_at=None,
            trouble="",
            changed_at=timezone.now(),
        )
    send_worker(connection)


def connections_of(member: Member) -> QuerySet[NewsletterConnection]:
    """The connections for people who came as this person's customer came."""
    sign_up = SignUp.objects.filter(tenant=member.tenant_id).first()
    campaign_id = sign_up.campaign_id if sign_up else None
    mine = Q(campaigns=campaign_id) if campaign_id else Q(without_campaign=True)
    return NewsletterConnection.objects.filter(mine, is_enabled=True)


def has_consent(member: Member) -> bool:
    return NewsletterConsent.objects.filter(member=member, withdrawn_at=None).exists()
