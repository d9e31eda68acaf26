"""What is told of somebody after they were erased: mail servers answer for days."""

from campaigns.eligibility import unaliased
from tenants.models import Member, SignUp
from tenants.privacy.persons import spelled
from tenants.privacy.pseudonyms import stand_ins


def is_of_erased(address: str) -> bool:
    """Whether whoever had this address was erased, and has not come again since."""
    identity = unaliased(address)
    names = stand_ins(identity)
    if not any(rows.filter(email__in=names).exists() for rows in (Member.objects, SignUp.objects)):
        return False
    return not any(
        rows.filter(spelled("email", identity)).exists()
        for rows in (Member.objects, SignUp.objects)
    )
