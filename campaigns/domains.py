"""E-mail domains, one spelling for each. No Django, no network."""

import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label has a letter in it: an address of four numbers is no domain.
_SHAPE = re.compile(rf"(?:{_LABEL}\.)+(?=[0-9-]*[a-z]){_LABEL}")


class NotADomain(ValueError):
    """Nobody has a mail address there."""


def ascii_domain(written: str) -> str:
    """Return the domain in lower case and in ASCII: Bücher.example is xn--bcher-kva.example.

    Raises NotADomain if no e-mail address can end like that.
    """
    try:
        domain = written.strip().casefold().encode("idna").decode("ascii")
    except UnicodeError as error:
        raise NotADomain(written) from error
    if len(domain) > 253 or not _SHAPE.fullmatch(domain):
        raise NotADomain(written)
    return domain
