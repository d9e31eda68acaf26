"""What goes on elsewhere when staff take a customer's access away: rooms above know and say it."""

from collections.abc import Callable, Iterable, Sequence

from tenants.models import Tenant

WarningsOf = Callable[[Sequence[Tenant]], Iterable[str]]

_OFFERED: list[WarningsOf] = []


def offer_warnings(warnings_of: WarningsOf) -> None:
    if warnings_of not in _OFFERED:
        _OFFERED.append(warnings_of)


def warnings_of(tenants: Sequence[Tenant]) -> list[str]:
    """Return a sentence for each thing that does not end with the access."""
    return [words for offered in _OFFERED for words in offered(tenants)]
