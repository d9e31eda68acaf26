"""What a customer or a member of staff may ask for and cannot have. Each has a stable `code`."""


class NotPossible(Exception):
    code = "not_possible"


class LinkUnknown(NotPossible):
    code = "link_unknown"


class LinkUsed(NotPossible):
    code = "link_used"


class LinkExpired(NotPossible):
    code = "link_expired"


class KeyAlreadyShown(NotPossible):
    code = "key_already_shown"


class TooMany(NotPossible):
    """A stranger asked too often."""

    code = "rate_limited"
