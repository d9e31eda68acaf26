"""What people and time do in tests of newsletters."""

from datetime import timedelta

from django.utils import timezone

from backoffice.audit import Act
from tenants.account import settings as account_settings
from tenants.models import Member, NewsletterConnection, NewsletterSubscription

ALICE = "alice@example.com"
ACT = Act(None, name=ALICE)
State, Wanted, There = (
    NewsletterSubscription.State,
    NewsletterSubscription.Wanted,
    NewsletterSubscription.There,
)


def say(member, wanted):
    account_settings.choose_newsletter(Member.objects.get(pk=member.pk), ACT, wanted=wanted)


def let_go():
    """Whatever waits for its time may be done now."""
    NewsletterConnection.objects.update(paused_until=None)
    NewsletterSubscription.objects.update(next_attempt_at=None)


def age():
    """Nobody was looked at for a day."""
    NewsletterSubscription.objects.update(looked_at=timezone.now() - timedelta(days=1))
