"""Rows in whose text a person is named: an address within a sentence, or within JSON."""

import json

from django.db.models import Q

from tenants.privacy.persons import Person


def mentions(person: Person, *fields: str) -> Q:
    """Text fields in which one of the person's addresses or names stands."""
    found = Q(pk__in=[])
    for field in fields:
        for word in words_of(person):
            found |= Q(**{f"{field}__contains": word})
    return found


def words_of(person: Person) -> list[str]:
    """What the person is called in texts, longest first: one may be a part of another.

    JSON in SQLite has letters beyond ASCII escaped.
    """
    words = {*person.addresses, *(name for name in person.names if is_telling(name))}
    escaped = {json.dumps(word)[1:-1] for word in words}
    return sorted(words | escaped, key=len, reverse=True)


def rewritten(text: str, person: Person, word: str) -> str:
    """Return the text with this word for the person."""
    for each in words_of(person):
        text = text.replace(each, word)
    return text


def is_telling(name: str) -> bool:
    """Whether a name is the person's wherever it stands: "Al" is a part of many words."""
    return len(name) >= 5 and " " in name.strip()
