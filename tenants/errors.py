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


class AccountClosed(NotPossible):
    code = "account_closed"


class KeyBeingMade(NotPossible):
    """A new key is on its way already."""

    code = "key_being_made"


class KeyBeingRetired(NotPossible):
    """An older key still works beside the current one: a third one is not allowed."""

    code = "key_being_retired"


class KeyExpired(NotPossible):
    """The key ended on the date that was set for it, and its holder may not make another one."""

    code = "key_expired"


class KeyNotLive(NotPossible):
    """This key does not work any more."""

    code = "key_not_live"


class TooMany(NotPossible):
    """A stranger asked too often."""

    code = "rate_limited"
