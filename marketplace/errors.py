"""Why a buyer cannot go on as they asked. Each has a stable `code`, and a page of its own."""

from tenants.errors import NotPossible


class TokenMissing(NotPossible):
    """Whoever came did not come from AWS, or their browser left the token behind."""

    code = "token_missing"


class TokenMalformed(NotPossible):
    """No request of AWS looks like this one, so AWS is not even asked."""

    code = "token_malformed"


class RegistrationOver(NotPossible):
    """This browser has no registration under way: too late, another browser, or no cookies."""

    code = "registration_over"


class AgreementTaken(NotPossible):
    """The agreement belongs to an account already."""

    code = "agreement_taken"


class OwnersOnly(NotPossible):
    """Only an owner ties a subscription to the account."""

    code = "owners_only"
