"""Rows for staff pages, as services leave them but without AWS."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.utils import timezone

from backoffice.models import Job
from campaigns.models import Batch, Campaign, CodeImport, Redemption
from marketplace.models import Agreement, Notice
from tenants.models import (
    ApiKey,
    Domain,
    Grant,
    MailEvent,
    Member,
    Message,
    NewsletterConnection,
    NewsletterSubscription,
    QuotaAlert,
    SupportRequest,
    SuppressedAddress,
    Tenant,
    UsageDay,
)


def a_colleague(name: str = "anna", **fields: Any) -> User:
    return User.objects.create_user(name, f"{name}@gatehouse.example", is_staff=True, **fields)


def a_campaign(**fields: Any) -> Campaign:
    values = {"name": "Autumn launch", "slug": "autumn-launch", "tier": "starter", **fields}
    return Campaign.objects.create(**{"gate_generation": 1, **values})


def a_job(**fields: Any) -> Job:
    values = {"kind": "generate-codes", "title": "Generate codes", "total": 2000, "chunks": 2}
    return Job.objects.create(**{**values, **fields})


def a_batch(campaign: Campaign | None = None, **fields: Any) -> Batch:
    return Batch.objects.create(campaign=campaign or a_campaign(), **{"count": 100, **fields})


def an_import(campaign: Campaign | None = None, **fields: Any) -> CodeImport:
    """A file that was checked: 8 of 10 lines are good."""
    values = {"file_name": "partner.csv", "state": CodeImport.State.CHECKED, "lines": 10}
    values |= {"rejected": 2, "first_rejected": [["3", "NO", "No code"], ["4", "AB", "No code"]]}
    job = a_job(kind="check-codes", state=Job.State.DONE)
    return CodeImport.objects.create(
        campaign=campaign or a_campaign(), check_job=job, **{**values, **fields}
    )


def a_redemption(batch: Batch, number: int = 0, **fields: Any) -> Redemption:
    values = {"code": f"AUTUMN{number:012d}X", "redeemed_by": f"someone-{number}"}
    values |= {"redeemed_at": timezone.now(), **fields}
    return Redemption.objects.create(campaign=batch.campaign, batch=batch, **values)


def a_customer(
    company: str = "Ames Optics", email: str = "alice@example.com", **fields: Any
) -> Tenant:
    """A customer who was set up: owner, grant, key."""
    values = {"reconciled_generation": 1, "reconciled_at": timezone.now(), **fields}
    tenant = Tenant.objects.create(company=company, **values)
    Member.objects.create(tenant=tenant, email=email, full_name="Alice Ames")
    Grant.objects.create(
        tenant=tenant, source=Grant.Source.PROMO, tier="starter", starts_at=timezone.now()
    )
    ApiKey.objects.create(
        tenant=tenant, name=f"key-{tenant.pk}", state=ApiKey.State.LIVE, first4="ab12", last4="yz89"
    )
    return tenant


def a_person(**fields: Any) -> Member:
    member = a_customer().members.get()
    Member.objects.filter(pk=member.pk).update(**fields)
    member.refresh_from_db()
    return member


def a_grant() -> Grant:
    return a_customer().grants.get()


def a_domain(**fields: Any) -> Domain:
    values = {"tenant": a_customer(), "name": "ames.example", "proof": "postmaster answered"}
    return Domain.objects.create(**{**values, **fields})


def a_key(**fields: Any) -> ApiKey:
    key = a_customer().keys.get()
    ApiKey.objects.filter(pk=key.pk).update(**fields)
    key.refresh_from_db()
    return key


def a_mail(**fields: Any) -> Message:
    values = {"kind": Message.Kind.WELCOME, "to": "alice@example.com"}
    return Message.objects.create(**{**values, "state": Message.State.STUCK, **fields})


def an_address_held_back(**fields: Any) -> SuppressedAddress:
    number = SuppressedAddress.objects.count()
    values = {"address": f"person{number}@example.com", "why": SuppressedAddress.Why.BOUNCED}
    event = MailEvent.objects.create(digest=f"{number:064x}", kind="bounced", reason="NoEmail")
    values |= {"event": event, "since": timezone.now()}
    return SuppressedAddress.objects.create(**{**values, **fields})


def a_day_of_usage(tenant: Tenant | None, **fields: Any) -> UsageDay:
    """A day on which the gateway counted five calls more than our function."""
    values = {"api_key_id": f"key-{UsageDay.objects.count()}", "day": timezone.now().date()}
    values |= {"calls": 100, "units": 400, "gateway_calls": 105, "difference": 5, "is_off": True}
    return UsageDay.objects.create(tenant=tenant, **{**values, **fields})


def a_quota_alert(tenant: Tenant, **fields: Any) -> QuotaAlert:
    today = timezone.now().date()
    values = {"tier": "starter", "period_first": today, "period_last": today, "threshold": 100}
    values |= {"api_key_id": "key-1", "used": 50_000, "limit": 50_000}
    return QuotaAlert.objects.create(tenant=tenant, **{**values, **fields})


def a_request(member: Member, **fields: Any) -> SupportRequest:
    return SupportRequest.objects.create(member=member, **{"asked_at": timezone.now(), **fields})


def a_locked_name(**fields: Any) -> AccessAttempt:
    values = {"username": "anna", "ip_address": "203.0.113.7", "failures_since_start": 5}
    return AccessAttempt.objects.create(**{**values, **fields})


def an_agreement(**fields: Any) -> Agreement:
    """Bought an hour ago by pay as you go, and active."""
    number = Agreement.objects.count()
    values = {
        "agreement_id": f"agmt-{number:06d}",
        "product_code": "3ca8p4subscription00000002",
        "account_id": "111122223333",
        "state": Agreement.State.ACTIVE,
        "look_due_at": None,
    }
    return Agreement.objects.create(**{**values, **fields})


def a_notice(**fields: Any) -> Notice:
    """An event of a kind that nobody knows."""
    values = {
        "channel": Notice.Channel.EVENTBRIDGE,
        "message_id": f"event-{Notice.objects.count()}",
        "body": '{"detail-type": "Something New"}',
        "kind": "Something New",
        "state": Notice.State.UNKNOWN,
    }
    return Notice.objects.create(**{**values, **fields})


def a_newsletter(**fields: Any) -> NewsletterConnection:
    values = {"name": "News by Kit", "kind": "kit", "key_name": "NEWSLETTER_KEY_KIT"}
    return NewsletterConnection.objects.create(**{"per_minute": 100, **values, **fields})


def a_subscription(member: Member | None = None, **fields: Any) -> NewsletterSubscription:
    """One that is stuck."""
    values = {"state": "stuck", "trouble": "kit, tag: status 404", "tried_at": timezone.now()}
    member = member or a_customer().members.get()
    if "connection" not in fields:
        values["connection"] = a_newsletter(name=f"News for {member}")
    return NewsletterSubscription.objects.create(member=member, **{**values, **fields})
