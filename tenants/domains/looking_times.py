"""When the DNS is asked about a domain, and how long its record may be away."""

from datetime import datetime, timedelta

from tenants.models import Domain, DomainClaim

# A record that proved a domain is looked for daily, and each hour once it is away.
LOOK_AGAIN = timedelta(days=1)
LOOK_WHILE_AWAY = timedelta(hours=1)
# Changing a zone may take a record away for a while; so long nobody is told.
TELL_AFTER = timedelta(hours=24)
# And so long the owner has to put it back.
RELEASE_AFTER = timedelta(days=14)
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)


def next_look(row: DomainClaim, now: datetime) -> datetime:
    """Minutes while somebody sits there and waits, hours later: a tenth of the age."""
    return now + min(max((now - row.asked_at) / 10, _SHORTEST), _LONGEST)


def released_at(row: Domain) -> datetime | None:
    return row.missing_since + RELEASE_AFTER if row.missing_since else None
