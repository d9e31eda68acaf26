"""Mails about agreements: when they are promised, and what they say."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from marketplace import buyer_pages, registration_links
from marketplace.errors import RegistrationOver
from marketplace.models import Agreement
from tenants import mail
from tenants.models import Member, Message

# How long before its end the owners of a contract are told.
ENDING_SOON = timedelta(days=30)
_OF_AGREEMENTS = (
    Message.Kind.SUBSCRIPTION_STARTED,
    Message.Kind.SUBSCRIPTION_ENDING,
    Message.Kind.SUBSCRIPTION_ENDED,
)


def promise_started(agreement: Agreement) -> None:
    """Tell the owners that the API is open, and what to do next: once for each account."""
    _promise(Message.Kind.SUBSCRIPTION_STARTED, agreement, f"started {agreement.tenant_id}")


def promise_ending(agreement: Agreement, *, ends_at: datetime) -> None:
    """Tell the owners of an end to come: once for each date."""
    _promise(Message.Kind.SUBSCRIPTION_ENDING, agreement, f"ending {ends_at:%Y-%m-%d}")


def promise_ended(agreement: Agreement, *, ended_at: datetime) -> None:
    """Tell the owners that the API is closed, and the way back: once for each end."""
    _promise(Message.Kind.SUBSCRIPTION_ENDED, agreement, f"ended {ended_at:%Y-%m-%d %H:%M:%S}")


def promise_what_is_due(agreement: Agreement, now: datetime) -> None:
    """Tell the owners of an end within 30 days, if nobody said that it renews by itself, and staff
    of an advisory. Safe to repeat."""
    if _is_ending(agreement, now):
        promise_ending(agreement, ends_at=agreement.ends_at or now)
    if agreement.advisory_since:
        mail.promise_for_agreement(
            Message.Kind.AGREEMENT_NOTICE,
            agreement=agreement.source_name,
            occasion=f"advisory {agreement.advisory_since:%Y-%m-%d %H:%M:%S}",
            to=settings.SUPPORT_ADDRESS,
        )


def facts_of(message: Message) -> dict[str, Any]:
    """Return what the templates need; nothing for a mail that is about no agreement."""
    if message.kind == Message.Kind.ALREADY_KNOWN and message.agreement:
        return _facts_for_known(message)
    if message.kind == Message.Kind.AGREEMENT_NOTICE:
        return _facts_for_staff(message)
    if message.kind not in _OF_AGREEMENTS or message.member is None:
        return {}
    agreements = Agreement.objects.filter(tenant=message.member.tenant)
    agreement = next((row for row in agreements if row.source_name == message.agreement), None)
    if agreement is None:
        return {}
    return {
        "agreement": agreement,
        "bought": buyer_pages.bought_of(agreement),
        "manage_at": buyer_pages.SUBSCRIPTIONS,
        "account_page": f"{settings.PORTAL_URL}{reverse('account_subscription')}",
    }


def _is_ending(agreement: Agreement, now: datetime) -> bool:
    is_soon = agreement.ends_at is not None and now <= agreement.ends_at <= now + ENDING_SOON
    return is_soon and agreement.state == Agreement.State.ACTIVE and not agreement.auto_renews


def _named(name: str) -> Agreement | None:
    """Return the agreement that grants and mails call so."""
    product_code, _, customer = name.rpartition("/")
    of_legacy = Q(agreement_id="", product_code=product_code, customer_identifier=customer)
    return (
        Agreement.objects.select_related("tenant")
        .filter(Q(source=name) | (of_legacy if product_code else Q(agreement_id=name)))
        .first()
    )


def _promise(kind: Message.Kind, agreement: Agreement, occasion: str) -> None:
    if agreement.tenant is None:
        return
    for owner in agreement.tenant.members.filter(role=Member.Role.OWNER, left_at=None):
        mail.promise_for_agreement(
            kind,
            agreement=agreement.source_name,
            occasion=occasion,
            to=owner.email,
            member=owner,
        )


def _facts_for_staff(message: Message) -> dict[str, Any]:
    agreement = _named(message.agreement)
    facts = {"agreement": agreement, "name": message.agreement}
    if agreement and agreement.tenant_id:
        page = reverse("admin:tenants_tenant_change", args=[agreement.tenant_id])
        facts["customer_page"] = f"{settings.STAFF_URL}{page}"
    return facts


def _facts_for_known(message: Message) -> dict[str, Any]:
    """A link of its own for each try: what is signed is in no row."""
    try:
        row = registration_links.find(message.occasion.partition(" ")[0])
    except RegistrationOver:
        return {}
    signed = registration_links.sign(row, registration_links.BY_MAIL)
    link = reverse("open_attach", args=[signed])
    return {
        "bought": buyer_pages.bought_of(row.agreement),
        "attach_link": f"{settings.PORTAL_URL}{link}",
    }
