"""Mails about agreements: when they are promised, and what they say."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from marketplace import buyer_pages, registration_links
from marketplace.errors import RegistrationOver
from marketplace.models import Agreement
from tenants import mail
from tenants.models import Member, Message

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


def facts_of(message: Message) -> dict[str, Any]:
    """Return what the templates need; nothing for a mail that is about no agreement."""
    if message.kind == Message.Kind.ALREADY_KNOWN and message.agreement:
        return _facts_for_known(message)
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
