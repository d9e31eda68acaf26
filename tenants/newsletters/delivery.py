"""Making one platform agree with one row: subscribing, and unsubscribing.

The status is read first, so a repeated attempt goes on where the last one died, and **whoever opted
out there is never subscribed again**. An opt-out between the look and the subscription holds, too:
each adapter subscribes by a call that leaves such people out (docs/newsletters.md).
"""

import random
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.errors import OutsideError
from adapters.newsletters.platforms import Found, Person, Platform, Standing
from tenants.newsletters import consents
from tenants.newsletters.rows import NewsletterConsent, NewsletterSubscription

Wanted = NewsletterSubscription.Wanted
State = NewsletterSubscription.State

LONGEST_PAUSE = timedelta(minutes=10)
_IS_IN = (Standing.SUBSCRIBED, Standing.PENDING)


class NotWanted(Exception):
    """The person said no while we were at it."""


def deliver(row: NewsletterSubscription, platform: Platform) -> None:
    """Have the platform do what the row wants, and write down how the person stands there now."""
    email = row.member.email
    if row.wanted == Wanted.OUT:
        note(row, platform.unsubscribe(email))
        return
    try:
        note(row, _subscribe(row, platform))
    except NotWanted:
        consents.take_out(row.member)


def note(row: NewsletterSubscription, found: Found) -> None:
    """Write down what was found. An opt-out ends the consent; an address that is not taken leaves
    the row stuck, for staff to see."""
    now = timezone.now()
    facts = {"there": found.standing.value, "looked_at": now}
    if found.remote_id:
        facts["remote_id"] = found.remote_id[:100]
    mine = NewsletterSubscription.objects.filter(pk=row.pk)
    with transaction.atomic():
        mine.update(**facts)
        is_out = found.standing is Standing.UNSUBSCRIBED
        if is_out and consents.withdraw(row.member, by=NewsletterConsent.End.PLATFORM):
            mine.update(state=State.DONE, changed_at=now)
        # What the person said meanwhile is still to be done.
        unchanged = mine.filter(wanted=row.wanted)
        if found.standing is Standing.INVALID and row.wanted == Wanted.IN:
            trouble = _("The platform does not take this address.")
            unchanged.update(state=State.STUCK, trouble=trouble, changed_at=now)
        else:
            unchanged.update(
                state=State.DONE, trouble="", attempts=0, next_attempt_at=None, changed_at=now
            )


def put_off(row: NewsletterSubscription, error: OutsideError) -> None:
    """Try again later, at a moment that others do not have, too."""
    seconds = min(2.0**row.attempts * 15, LONGEST_PAUSE.total_seconds())
    pause = timedelta(seconds=seconds * random.uniform(0.5, 1))  # noqa: S311 - jitter
    NewsletterSubscription.objects.filter(pk=row.pk).update(
        attempts=F("attempts") + 1,
        next_attempt_at=timezone.now() + pause,
        trouble=str(error)[:500],
    )


def give_up(row: NewsletterSubscription, error: OutsideError) -> None:
    NewsletterSubscription.objects.filter(pk=row.pk, wanted=row.wanted).update(
        state=State.STUCK,
        attempts=F("attempts") + 1,
        trouble=str(error)[:500],
        changed_at=timezone.now(),
    )


def _subscribe(row: NewsletterSubscription, platform: Platform) -> Found:
    _still_wanted(row)
    found = platform.status(row.member.email)
    if found.standing is Standing.ABSENT:
        _still_wanted(row)
        first_name = row.member.full_name.split()[:1]
        found = platform.subscribe(Person(row.member.email, "".join(first_name)))
    if found.standing in _IS_IN and row.connection.tag:
        platform.tag(row.member.email, row.connection.tag)
    return found


def _still_wanted(row: NewsletterSubscription) -> None:
    """Mark that the platform may know the address from now on, if there is a consent now."""
    if not consents.has_consent(row.member):
        raise NotWanted
    wanted = NewsletterSubscription.objects.filter(pk=row.pk, wanted=Wanted.IN)
    if not wanted.update(tried_at=timezone.now()):
        raise NotWanted
