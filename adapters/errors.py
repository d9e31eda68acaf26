"""What can go wrong outside, in four words."""


class OutsideError(Exception):
    """Something outside did not go as asked."""


class TryLater(OutsideError):
    """Busy or unreachable: the same call may succeed in a moment."""


class NotThere(OutsideError):
    """The thing we named does not exist."""


class AlreadyThere(OutsideError):
    """The thing we wanted to make exists."""


class Refused(OutsideError):
    """Our call is wrong, or failed in a way never seen before. Repeating it will not help."""
