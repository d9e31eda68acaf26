"""Why a code cannot be used. Each has a stable `code`; campaigns/wording.py has the sentences."""


class CodeRefused(Exception):
    """The code cannot be used for this, and it is not spent."""

    code = "unusable"

    def __init__(self, *, may_tell_why: bool = False) -> None:
        """`may_tell_why`: whether the person holds enough proof to learn the reason."""
        super().__init__(self.code)
        self.may_tell_why = may_tell_why

    @property
    def public_reason(self) -> str:
        """The reason that the person may learn: an unknown code and an unusable shared one look
        the same."""
        return self.code if self.may_tell_why else CodeRefused.code


class CodeMisspelled(CodeRefused):
    """No such code can exist: wrong length, or the check symbol does not fit. No secret."""

    code = "misspelled"

    def __init__(self) -> None:
        super().__init__(may_tell_why=True)


class CodeUnknown(CodeRefused):
    code = "unknown"


class CodeNotStarted(CodeRefused):
    code = "not_started"


class CodeExpired(CodeRefused):
    code = "expired"


class CodeSpent(CodeRefused):
    code = "used_up"


class CodePaused(CodeRefused):
    code = "paused"


class CodeRevoked(CodeRefused):
    code = "revoked"


class CodeHeld(CodeRefused):
    """All its uses are taken, but some of them are only held."""

    code = "held"


class WrongDomain(CodeRefused):
    """The campaign is not for addresses of this e-mail domain."""

    code = "wrong_domain"


class NewCustomersOnly(CodeRefused):
    code = "new_customers_only"


class OncePerCustomer(CodeRefused):
    """This customer has redeemed a code of the campaign before."""

    code = "once_per_customer"


class CampaignFull(CodeRefused):
    """The campaign has had as many redemptions as it may."""

    code = "campaign_full"
