"""One-time links: minted when the mail is sent, kept as a hash, used once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from tenants.errors import LinkExpired, LinkUnknown, LinkUsed
from tenants.models import Member, OneTimeLink

LIFETIME = timedelta(days=7)


def mint_link(member: Member, now: datetime) -> str:
    """Return a new token for this person. Older ones work until one of them is used."""
    token = secrets.token_urlsafe(32)
    OneTimeLink.objects.create(member=member, token_hash=_hash(token), expires_at=now + LIFETIME)
    return token


def find_link(token: str) -> OneTimeLink:
    """Return the link of a token, whatever became of it. Raises LinkUnknown."""
    link = OneTimeLink.objects.filter(token_hash=_hash(token)).select_related("member").first()
    if link is None:
        raise LinkUnknown
    return link


def require_usable(link: OneTimeLink, now: datetime) -> None:
    """Raises LinkUsed or LinkExpired."""
    if link.used_at or link.member.left_at or link.member.disabled_at:
        raise LinkUsed
    if now >= link.expires_at:
        raise LinkExpired


def void_links(member: Member, now: datetime) -> None:
    """Make every link of this person useless."""
    OneTimeLink.objects.filter(member=member, used_at=None).update(used_at=now)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
