"""The link that proves an address before a code is spent. Signed; nothing of it is stored."""

from datetime import timedelta
from uuid import UUID

from django.core import signing

from tenants.errors import LinkExpired, LinkUnknown
from tenants.models import SignUp

SALT = "confirm-address"
LIFETIME = timedelta(hours=24)


def mint_token(row: SignUp) -> str:
    """Return a token for this sign-up. It tells its reader nothing, and proves nothing twice: what
    it may do follows from the state of the row."""
    return signing.dumps(row.pk.hex, salt=SALT)


def find_sign_up(token: str) -> SignUp:
    """Return the sign-up of a token. Raises LinkUnknown or LinkExpired."""
    try:
        found = UUID(signing.loads(token, salt=SALT, max_age=LIFETIME))
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except signing.BadSignature as error:
        raise LinkUnknown from error
    row = SignUp.objects.filter(pk=found).first()
    if row is None:
        raise LinkUnknown
    return row
