"""From somebody whom the provider vouches for to a member of staff. Nobody becomes one by that."""

import logging

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.staff_provider import Client, Person
from backoffice import audit
from backoffice.audit import Act
from backoffice.models import StaffIdentity
from backoffice.verbs import VerbRefused

log = logging.getLogger(__name__)


class NotStaff(Exception):
    """The provider knows them, and no administrator has made them a member of the staff here."""


def client() -> Client | None:
    """Return what the provider knows this stage by; None where there is no provider."""
    if not settings.STAFF_OIDC_ISSUER:
        return None
    return Client(
        settings.STAFF_OIDC_ISSUER, settings.STAFF_OIDC_CLIENT_ID, settings.STAFF_OIDC_CLIENT_SECRET
    )


def user_of(issuer: str, person: Person) -> User:
    """Return who this is: the first time by the address, from then on by the provider's own name
    for them, whatever becomes of the address. Raises NotStaff."""
    known = StaffIdentity.objects.filter(issuer=issuer, subject=person.subject).first()
    user = known.user if known else _joined(issuer, person)
    if user is None or not (user.is_active and user.is_staff):
        log.warning("single sign-on: %s is no member of the staff", person.subject)
        raise NotStaff
    return user


def words_of(user: User) -> str:
    """Say to a colleague whether this person signs in so."""
    found = user.identities.filter(issuer=settings.STAFF_OIDC_ISSUER).first()
    if found is None:
        return _("not used so far")
    day = timezone.localdate(found.made_at).isoformat()
    return _("used since %(day)s") % {"day": day}


def forget(user: User, act: Act) -> None:
    """Let the next single sign-on go by the address again. Raises VerbRefused."""
    if user.is_superuser and act.actor and not act.actor.is_superuser:
        raise VerbRefused(_("Only a superuser does this to a superuser."))
    with transaction.atomic():
        gone, _rows = StaffIdentity.objects.filter(user=user).delete()
        if not gone:
            raise VerbRefused(_("This person has not used single sign-on."))
        audit.record(act, "forget single sign-on", user)


def _joined(issuer: str, person: Person) -> User | None:
    """Only one who has the address that the provider says is theirs, and is nobody there yet."""
    if not person.email:
        return None
    found = User.objects.filter(email__iexact=person.email, is_active=True, is_staff=True)[:2]
    if len(found) != 1:
        return None
    user = found[0]
    try:
        with transaction.atomic():
            StaffIdentity.objects.create(user=user, issuer=issuer, subject=person.subject)
            audit.record(Act(user), "connect single sign-on", user)
    except IntegrityError:  # they are somebody else there, or come twice at this moment
        made = StaffIdentity.objects.filter(issuer=issuer, subject=person.subject).first()
        return made.user if made else None
    return user
