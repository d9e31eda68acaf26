"""Rows for who said yes before there was a connection for them, or before it was for them."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tenants.models import Member, SignUp, Tenant
from tenants.newsletters import consents
from tenants.newsletters.rows import (
    NewsletterConnection,
    NewsletterConsent,
    NewsletterSubscription,
)

AT_ONCE = 200
# Who said yes while a connection was being saved may have been missed by both.
AGAIN_AFTER = timedelta(hours=1)


def fill_connections() -> int:
    """Give people a row whom a connection has none for, some at a time. The sweep calls it."""
    stale = Q(filled_at=None) | Q(filled_at__lt=timezone.now() - AGAIN_AFTER)
    due = NewsletterConnection.objects.filter(stale, is_enabled=True)
    return sum(_fill(connection) for connection in due)


def people_without_row(connection: NewsletterConnection) -> QuerySet[Member]:
    """Who said yes, is still here, came as the connection wants it, and has no row."""
    consent = NewsletterConsent.objects.filter(member=OuterRef("pk"), withdrawn_at=None)
    row = NewsletterSubscription.objects.filter(member=OuterRef("pk"), connection=connection)
    return Member.objects.filter(
        Exists(consent),
        ~Exists(row),
        _came_so(connection),
        left_at=None,
        tenant__state=Tenant.State.ACTIVE,
    )


def _came_so(connection: NewsletterConnection) -> Q:
    ids = list(connection.campaigns.values_list("pk", flat=True))
    sign_ups = SignUp.objects.filter(tenant=OuterRef("tenant"), campaign__isnull=False)
    so = Q(Exists(sign_ups.filter(campaign__in=ids)))
    return so | ~Q(Exists(sign_ups)) if connection.without_campaign else so


def _fill(connection: NewsletterConnection) -> int:
    began_at = timezone.now()
    people = list(people_without_row(connection).order_by("pk")[:AT_ONCE])
    for member in people:
        consents.want(member, connection)
    if len(people) < AT_ONCE:
        NewsletterConnection.objects.filter(pk=connection.pk).update(filled_at=began_at)
    return len(people)
