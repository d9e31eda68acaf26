"""What became of a mail, from everything that SES told of it, in whatever order that came."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from adapters.mail_events import Kind
from tenants.returned.rows import MailEvent


@dataclass(frozen=True)
class Fate:
    kind: str = ""
    reason: str = ""
    said: str = ""
    at: datetime | None = None


def fate_of(events: Iterable[MailEvent]) -> Fate:
    """Return what the weightiest event says; of two of one weight, the later one.

    A mail may bounce after it was delivered, when the other server finds out later that nobody
    reads it. An automatic answer, as from somebody on holiday, comes as a bounce, too: SES calls it
    transient and general, and where the mail was delivered it weighs nothing.
    """
    known = [event for event in events if _weight(event)]
    if not known:
        return Fate()
    last = max(known, key=lambda event: (_weight(event), event.happened_at or event.received_at))
    return Fate(last.kind, last.reason, last.said, last.happened_at or last.received_at)


def _weight(event: MailEvent) -> int:
    if event.kind == Kind.SOFT_BOUNCED:
        return 2 if event.reason == "General" else 4
    return _WEIGHTS.get(event.kind, 0)


_WEIGHTS: dict[str, int] = {
    Kind.DELAYED: 1,
    Kind.DELIVERED: 3,
    Kind.REJECTED: 5,
    Kind.BOUNCED: 6,
    Kind.COMPLAINED: 7,
}
