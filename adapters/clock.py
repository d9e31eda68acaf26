"""Times as we store them: UTC, to the second, in a text that sorts as time does."""

from datetime import UTC, datetime

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def timestamp(at: datetime) -> str:
    """Return 2026-11-21T08:00:00Z for an aware datetime."""
    return at.astimezone(UTC).strftime(FORMAT)


def moment(text: str) -> datetime:
    """Return the aware datetime of a text that `timestamp` made."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
