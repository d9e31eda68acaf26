"""Every kind of mail as its reader would see it, with facts that are made up: nobody's data, and no
link that opens anything. Nothing is sent or saved."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils import timezone

from adapters.definitions import definition
from campaigns.models import Campaign, RefusalAlarm
from tenants import links, mail
from tenants.mail import Rendered
from tenants.models import (
    NOTICES,
    ApiKey,
    Domain,
    DomainClaim,
    Invitation,
    JoinRequest,
    Member,
    Message,
    QuotaAlert,
    SignUp,
    SuppressedAddress,
    Tenant,
)

_LINK = "sample-of-a-link"
Kind = Message.Kind


def sample_of(kind: Message.Kind, now: datetime | None = None) -> Rendered:
    """Render the mail as it is sent, from the same templates."""
    moment = now or timezone.now()
    facts_of = _FACTS.get(kind)
    more = facts_of(moment) if facts_of else {}
    return mail.render(kind, {**_common(), **more})


def is_for_staff(kind: Message.Kind) -> bool:
    return kind in NOTICES


def _common() -> dict[str, Any]:
    tenant = Tenant(company="Ames Optics")
    person = {"full_name": "Alice Ames", "email": "alice@example.com"}
    return {
        "member": Member(tenant=tenant, role=Member.Role.OWNER, **person),
        "sign_up": SignUp(
            company=tenant.company, code_held_until=timezone.now() + timedelta(hours=1), **person
        ),
        "invitation": Invitation(tenant=tenant, role=Member.Role.DEVELOPER, **person),
        "key": ApiKey(first4="ab12", last4="yz89"),
        "company": tenant.company,
        "support": settings.SUPPORT_ADDRESS,
        "portal": settings.PORTAL_URL,
        "days": links.LIFETIME.days,
        "link": f"{settings.PORTAL_URL}/welcome/{_LINK}/",
        "customer_page": f"{settings.STAFF_URL}/admin/",
    }


def _key_rotated(now: datetime) -> dict[str, Any]:
    return {
        "old": ApiKey(first4="cd34", last4="wx67"),
        "old_ends_at": now + timedelta(days=1),
        "keys_page": f"{settings.PORTAL_URL}/account/keys/",
    }


def _quota(now: datetime, threshold: int) -> dict[str, Any]:
    tier = definition("tiers")["starter"]
    limit = tier["quota"]["limit"]
    first = now.date().replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    alert = QuotaAlert(
        threshold=threshold, used=limit * threshold // 100, limit=limit, period_first=first,
        period_last=last,
    )  # fmt: skip
    ends = datetime.combine(last + timedelta(days=1), datetime.min.time(), now.tzinfo)
    return {
        "alert": alert,
        "is_used_up": threshold >= 100,
        "tier": tier["label"],
        "resets_at": ends,
    }


def _subscription(now: datetime) -> dict[str, Any]:
    """The rows of agreements are a room above: the templates ask for these words of theirs."""
    return {
        "agreement": SimpleNamespace(
            trial_ends_at=None,
            ends_at=now + timedelta(days=30),
            ended_at=now,
            advisory_since=now,
            account_id="111122223333",
            tenant=Tenant(company="Ames Optics"),
        ),
        "name": "agmt-sample",
        "bought": SimpleNamespace(title="Gatehouse API", plan="Pro", account="•••• 3333"),
        "manage_at": "https://console.aws.amazon.com/marketplace/home#/subscriptions",
        "account_page": f"{settings.PORTAL_URL}/account/subscription/",
    }


def _campaign(now: datetime) -> dict[str, Any]:
    page = f"{settings.STAFF_URL}/admin/"
    row = SignUp(
        email="alice@example.com",
        full_name="Alice Ames",
        company="Ames Optics",
        utm_source="newsletter",
    )
    return {
        "campaign": Campaign(name="Autumn launch", slug="autumn-launch"),
        "campaign_page": page,
        "origin": [("source", "newsletter"), ("medium", "mail")],
        "day": now.date() - timedelta(days=1),
        "count": 1,
        "listed": [(row, page)],
        "list_page": page,
        "alarm": RefusalAlarm(raised_at=now, checks=240, refused=180),
        "refusals": page,
    }


def _metering(now: datetime) -> dict[str, Any]:
    agreement = SimpleNamespace(tenant=Tenant(company="Ames Optics"))
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    late = SimpleNamespace(
        agreement=agreement, hour=hour, quantity=1200, dimension="units",
        deadline_at=hour + timedelta(hours=6), trouble="AWS does not answer",
    )  # fmt: skip
    return {"late": [late], "lost": [], "inbox": f"{settings.STAFF_URL}/admin/"}


def _joining(now: datetime) -> dict[str, Any]:
    tenant = Tenant(company="Ames Optics")
    who = {"full_name": "Bob Burr", "email": "bob@ames.example"}
    request = JoinRequest(
        tenant=tenant,
        domain=Domain(name="ames.example"),
        expires_at=now + timedelta(days=14),
        **who,
    )
    return {
        "request": request,
        "colleague": Member(tenant=tenant, role=Member.Role.DEVELOPER, **who),
        "people_page": f"{settings.PORTAL_URL}/account/people/",
        "account_page": f"{settings.PORTAL_URL}/account/",
        "progress_page": f"{settings.PORTAL_URL}/signup/{_LINK}/",
        "own_link": f"{settings.PORTAL_URL}/register/own/{_LINK}/",
    }


def _domain(now: datetime) -> dict[str, Any]:
    tenant = Tenant(company="Ames Optics")
    claim = DomainClaim(
        tenant=tenant, name="ames.example", mailbox="postmaster", state=DomainClaim.State.EXPIRED,
        asked_by=Member(full_name="Alice Ames", email="alice@example.com"),
    )  # fmt: skip
    return {
        "claim": claim,
        "domain": Domain(tenant=tenant, name=claim.name, token=_LINK),
        "name": claim.name,
        "released_on": now + timedelta(days=13),
        "domains_page": f"{settings.PORTAL_URL}/account/domains/",
        "link": f"{settings.PORTAL_URL}/domains/confirm/{_LINK}/",
    }


def _returned(now: datetime) -> dict[str, Any]:
    bounced = SuppressedAddress.Why.BOUNCED
    row = SuppressedAddress(address="alice@example.com", why=bounced, since=now)
    return {"addresses": [row], "count": 1, "waiting_page": f"{settings.STAFF_URL}/admin/"}


_FACTS: Mapping[Message.Kind, Callable[[datetime], dict[str, Any]]] = {
    Kind.KEY_ROTATED: _key_rotated,
    Kind.KEY_ENDING: _key_rotated,
    Kind.QUOTA: lambda now: _quota(now, 80),
    Kind.QUOTA_NOTICE: lambda now: _quota(now, 100),
    Kind.SUBSCRIPTION_STARTED: _subscription,
    Kind.SUBSCRIPTION_ENDING: _subscription,
    Kind.SUBSCRIPTION_ENDED: _subscription,
    Kind.AGREEMENT_NOTICE: _subscription,
    Kind.SIGN_UP_NOTICE: _campaign,
    Kind.DAILY_NOTICE: _campaign,
    Kind.ALARM_NOTICE: _campaign,
    Kind.METERING_NOTICE: _metering,
    Kind.DOMAIN_LINK: _domain,
    Kind.JOIN_REQUEST: _joining,
    Kind.OWNERSHIP_GIVEN: _joining,
    Kind.OWNERSHIP_RECEIVED: _joining,
    Kind.JOIN_WAITING: _joining,
    Kind.JOIN_REFUSED: _joining,
    Kind.COLLEAGUE_JOINED: _joining,
    Kind.DOMAIN_PROVED: _domain,
    Kind.DOMAIN_NOT_PROVED: _domain,
    Kind.DOMAIN_RECORD_LOST: _domain,
    Kind.DOMAIN_RELEASED: _domain,
    Kind.RETURNED_NOTICE: _returned,
}
