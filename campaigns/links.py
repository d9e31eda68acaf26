"""Links to the sign-up page that say where a visitor came from. No Django."""

from dataclasses import dataclass, fields
from urllib.parse import urlencode

LONGEST = 100


@dataclass(frozen=True)
class Origin:
    """Where a visitor came from, in the five names that every analytics tool knows."""

    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""


UTM = tuple(field.name for field in fields(Origin))


def cleaned(text: str) -> str:
    """Return what is worth keeping of a text that anybody may have written into an address.

    Control characters and those that change the direction of writing would confuse its readers.
    """
    line = " ".join(text.split())
    return "".join(letter for letter in line if letter.isprintable())[:LONGEST].strip()


def sign_up_link(page: str, origin: Origin, code: str = "") -> str:
    """Return the link to the sign-up page, whose address is given.

    The code stands in the fragment, which browsers keep to themselves: no server sees it.
    """
    query = urlencode({name: value for name, value in vars(origin).items() if value})
    fragment = urlencode({"code": code}) if code else ""
    return page + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
