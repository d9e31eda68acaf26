"""What a newsletter platform can do for us, whichever it is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from adapters.errors import Refused


class Standing(StrEnum):
    """What a platform knows of an address. Only an ABSENT one may be subscribed by us."""

    SUBSCRIBED = "subscribed"
    PENDING = "pending"
    UNSUBSCRIBED = "unsubscribed"
    INVALID = "invalid"
    ABSENT = "absent"


@dataclass(frozen=True)
class Found:
    standing: Standing
    remote_id: str = ""


@dataclass(frozen=True)
class Person:
    email: str
    first_name: str = ""


def nothing() -> None:
    return None


@dataclass(frozen=True)
class Account:
    """Where and as whom we speak to a platform.

    `audience` is the list, publication or kind of mail that people are subscribed to. `address`
    leads elsewhere than to the platform's own, and `before_call` is called before each request:
    it may wait. The key is in no text of it.
    """

    key: str
    audience: str = ""
    address: str = ""
    # Whether the platform mails people to confirm, where it can be asked to.
    confirms: bool = False
    before_call: Callable[[], None] = nothing

    def __repr__(self) -> str:
        return f"Account({self.audience!r})"


class NotLetIn(Refused):
    """The platform does not take our key: so it will be for everybody, until somebody mends it."""


class Platform(Protocol):
    """Each call may be repeated. All raise TryLater, or Refused for what repeating will not help.

    That an address is unsubscribed or invalid there is an answer and no error.
    """

    def status(self, email: str) -> Found:
        """Say how the address stands there; ask before subscribing it."""
        ...

    def subscribe(self, person: Person) -> Found:
        """Subscribe an address that is absent. Whoever opted out meanwhile stays out."""
        ...

    def unsubscribe(self, email: str) -> Found:
        """An address that is not there stays absent."""
        ...

    def erase(self, email: str) -> bool:
        """Delete the person for good; False where the platform only lets us unsubscribe them, and
        somebody has to delete them there by hand."""
        ...

    def tag(self, email: str, tag: str) -> None:
        """Mark the subscribed address. The tag was made at the platform before."""
        ...

    def name_audience(self) -> str:
        """Return what the platform calls the audience: proof that key and audience are right."""
        ...
