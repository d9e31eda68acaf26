"""What the account's page of API keys shows to one person."""

from typing import Any

from django.conf import settings

from tenants import key_facts, welcome
from tenants.models import Member


def page_of(member: Member) -> dict[str, Any]:
    now = key_facts.keys_of(member.tenant)
    live = now.live.key if now.live else None
    unseen = welcome.unseen_key(member)
    is_for_another = live is not None and live.shown_at is None and unseen is None
    return {
        "keys": now,
        "unseen": unseen,
        "shown_to": live.asked_by if live and is_for_another else None,
        "email": member.email,
        "client_id": settings.USER_POOL_CLIENT_ID,
        "identity_url": settings.IDENTITY_URL,
        "api_url": settings.API_URL,
    }
