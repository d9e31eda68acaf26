"""How a registration travels: as a signed id in an address, for a while, and never as a token of
AWS. Cookies of ours do not come along when AWS posts its form, so the first page is found by it."""

from datetime import timedelta

from django.core import signing
from django.core.exceptions import ValidationError

from marketplace.errors import RegistrationOver
from marketplace.models import Registration

_SALT = "marketplace.registration"
# From AWS's form to our first page; while somebody signs in; until somebody reads their mail.
AT_ONCE, SIGNING_IN, BY_MAIL = timedelta(minutes=5), timedelta(hours=1), timedelta(days=7)


def sign(row: Registration, lifetime: timedelta) -> str:
    facts = {"id": row.pk.hex, "seconds": int(lifetime.total_seconds())}
    return signing.dumps(facts, salt=_SALT)


def read(signed: str) -> Registration:
    """Raises RegistrationOver for what we did not sign, and for what is too old."""
    try:
        lifetime = signing.loads(signed, salt=_SALT)["seconds"]
        facts = signing.loads(signed, salt=_SALT, max_age=lifetime)
        return find(facts["id"])
    except signing.BadSignature as error:
        raise RegistrationOver from error


def find(registration_id: str) -> Registration:
    """Raises RegistrationOver."""
    try:
        return Registration.objects.select_related("agreement", "sign_up").get(pk=registration_id)
    except (Registration.DoesNotExist, ValidationError) as error:
        raise RegistrationOver from error
