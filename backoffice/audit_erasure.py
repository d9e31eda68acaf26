"""Putting a pseudonym in the place of a person in the audit trail: the one way to change a line.

The line stays: when, what was done, to which kind of row, by which request. Whoever asks later sees
that two lines are about the same person, and not who that was.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.crypto import salted_hmac

from backoffice.models import AuditEvent

PSEUDONYM = "erased-"
# Lines that are changed in one transaction.
AT_ONCE = 200
# Texts that may name a person, and how much of each is kept.
TEXTS = {"actor_name": 150, "target_id": 64, "target_name": 200, "reason": 500}
FACTS = ("before", "after")
# Shorter words would be found in half of the trail.
SHORTEST = 3


def pseudonym_of(subject: str, key: str = "") -> str:
    """Return what stands for this person: the same each time, and of no use without our key.
    `key` is a former SECRET_KEY."""
    made_of = subject.strip().casefold()
    secret = key or settings.SECRET_KEY
    digest = salted_hmac("backoffice.audit_erasure", made_of, secret=secret).hexdigest()
    return PSEUDONYM + digest[:12]


def pseudonymise(spellings: Iterable[str], *, subject: str) -> int:
    """Replace a person by a pseudonym in every line that names them; return how many lines.

    `spellings` are all that the person may be called by: addresses, full name, ids at Cognito.
    They are found as whole words, in small letters and large. `subject` is what the pseudonym is
    made of. Safe to repeat, and after a death half-way: what is done is not found again. Reads
    the whole trail, so it belongs into a job.
    """
    words = sorted({word.strip() for word in spellings}, key=len, reverse=True)
    words = [word for word in words if len(word) >= SHORTEST]
    if not words:
        return 0
    pattern = re.compile(
        "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE
    )
    changed, last = 0, 0
    while rows := list(_naming(words).filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        with transaction.atomic():
            changed += sum(_replace(row, pattern, pseudonym_of(subject)) for row in rows)
        last = rows[-1].pk
    return changed


def _naming(words: list[str]) -> QuerySet[AuditEvent]:
    """Return lines that may name one of them. SQLite folds the case of ASCII letters alone."""
    rows = AuditEvent.objects.annotate(
        before_text=Cast("before", TextField()), after_text=Cast("after", TextField())
    )
    where = Q()
    for word in set().union(*map(_forms, words)):
        where |= Q(before_text__icontains=word) | Q(after_text__icontains=word)
        for name in TEXTS:
            where |= Q(**{f"{name}__icontains": word})
    return rows.filter(where)


def _forms(word: str) -> set[str]:
    """Return a word as texts have it, and as JSON may have it: ü is \\u00fc on SQLite."""
    forms = {word, word.lower(), word.upper(), word.title()}
    return forms | {json.dumps(form)[1:-1] for form in forms}


def _replace(row: AuditEvent, pattern: re.Pattern[str], pseudonym: str) -> bool:
    changes: dict[str, Any] = {}
    for name, longest in TEXTS.items():
        text = getattr(row, name)
        if not pattern.search(text):
            continue
        # A name is a pseudonym or nothing; what staff wrote keeps its other words.
        new = pattern.sub(pseudonym, text) if name == "reason" else pseudonym
        changes[name] = new[:longest]
    for name in FACTS:
        facts = getattr(row, name)
        new = _without(facts, pattern, pseudonym)
        if new != facts:
            changes[name] = new
    if changes:
        # Not AuditEvent.objects: its rows are never updated, and here they are.
        rows: QuerySet[AuditEvent] = QuerySet(AuditEvent)
        rows.filter(pk=row.pk).update(**changes, erased_at=timezone.now())
    return bool(changes)


def _without(facts: Any, pattern: re.Pattern[str], pseudonym: str) -> Any:
    if isinstance(facts, str):
        return pattern.sub(pseudonym, facts)
    if isinstance(facts, list):
        return [_without(each, pattern, pseudonym) for each in facts]
    if isinstance(facts, dict):
        return {
            _without(name, pattern, pseudonym): _without(each, pattern, pseudonym)
            for name, each in facts.items()
        }
    return facts
