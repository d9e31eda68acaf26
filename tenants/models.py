"""What should be: tenants, people, grants, keys, and the promises made to them."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.leases import Leased
from campaigns.links import LONGEST
from campaigns.models import Campaign, tier_choices
from tenants.domains.rows import Domain as Domain
from tenants.domains.rows import DomainClaim as DomainClaim
from tenants.drift.rows import Difference as Difference
from tenants.drift.rows import SeenKey as SeenKey
from tenants.drift.rows import SeenLogin as SeenLogin
from tenants.finding.rows import CompanyWord as CompanyWord
from tenants.finding.words import words_of
from tenants.joining.rows import JoinRequest as JoinRequest
from tenants.limited_rows import LimitedVisitor as LimitedVisitor
from tenants.message_rows import NOTICES as NOTICES
from tenants.message_rows import Message as Message
from tenants.message_rows import OneTimeLink as OneTimeLink
from tenants.newsletters.rows import NewsletterConnection as NewsletterConnection
from tenants.newsletters.rows import NewsletterConsent as NewsletterConsent
from tenants.newsletters.rows import NewsletterSubscription as NewsletterSubscription
from tenants.people_rows import Invitation as Invitation
from tenants.people_rows import Member as Member
from tenants.privacy.rows import ErasureRequest as ErasureRequest
from tenants.returned.rows import MailEvent as MailEvent
from tenants.returned.rows import SuppressedAddress as SuppressedAddress
from tenants.support_rows import SupportRequest as SupportRequest
from tenants.tier_rows import TierPlan as TierPlan
from tenants.usage.rows import QuotaAlert as QuotaAlert
from tenants.usage.rows import UsageDay as UsageDay
from tenants.usage.rows import UsageHour as UsageHour
from tenants.usage.rows import UsageLook as UsageLook
from tenants.usage.rows import UsageRead as UsageRead


def new_id() -> str:
    return str(uuid.uuid4())


class Tenant(Leased):
    """A customer. AWS follows this row and those below it: work is due while
    reconciled_generation < generation."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        CLOSED = "closed", _("Closed")

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    company = models.CharField(_("company"), max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE, editable=False)
    # The hold that staff put on: it overrides every grant.
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    suspension_reason = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    generation = models.PositiveIntegerField(default=1, editable=False)
    reconciled_generation = models.PositiveIntegerField(default=0, editable=False)
    reconciled_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    next_attempt_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Its turn at API Gateway, where that is later than a worker waits, and for how many calls.
    turn_at = models.DateTimeField(null=True, blank=True, editable=False)
    turn_calls = models.PositiveSmallIntegerField(default=0, editable=False)
    # When access changes by the clock alone: the sweep wakes the tenant then.
    access_changes_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    # Why the last attempt failed; `stuck` means that trying again will not help.
    trouble = models.CharField(max_length=500, blank=True, editable=False)
    stuck = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = _("customer")
        permissions: ClassVar = [
            ("reset_tenant", _("Can reset accounts and resend welcome mails")),
            ("suspend_tenant", _("Can suspend and reinstate customers")),
            ("change_tier", _("Can change a customer's tier")),
            ("redeem_for_tenant", _("Can redeem codes for customers")),
            ("reconcile_tenant", _("Can reconcile customers with AWS")),
            ("close_tenant", _("Can close accounts for good")),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                name="tenant_due",
                condition=Q(reconciled_generation__lt=F("generation")),
            )
        ]

    def __str__(self) -> str:
        return self.company

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """The words by which staff find the company follow it."""
        with transaction.atomic():
            super().save(*args, update_fields=update_fields, **kwargs)
            if update_fields is None or "company" in update_fields:
                self.keep_words()

    def keep_words(self) -> None:
        """Whoever writes the company without `save` calls this, within the same transaction."""
        words = [CompanyWord(tenant=self, word=word) for word in words_of(self.company)]
        CompanyWord.objects.filter(tenant=self).delete()
        CompanyWord.objects.bulk_create(words)

    @property
    def is_reconciled(self) -> bool:
        return self.reconciled_generation >= self.generation

    @property
    def is_suspended(self) -> bool:
        return self.suspended_at is not None


class Grant(models.Model):
    """A right to a tier for a time, and where it comes from."""

    class Source(models.TextChoices):
        PROMO = "promo", _("Promo code")
        STAFF = "staff", _("Staff")
        OPEN = "open", _("Open registration")
        MARKETPLACE = "marketplace", _("AWS Marketplace")

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="grants")
    source = models.CharField(max_length=12, choices=Source)
    tier = models.CharField(max_length=20, choices=tier_choices)
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT)
    # The Marketplace agreement that it follows: it pays for what is used while this grant counts.
    agreement = models.CharField(max_length=255, blank=True, db_index=True)
    # What staff said it is for.
    why = models.CharField(max_length=500, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [("give_grant", _("Can add and end grants"))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "tenant"],
                name="one_grant_an_agreement",
                condition=~Q(agreement=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} ({self.get_source_display()})"

    @property
    def billing_source(self) -> str:
        """Who pays for the calls that are made while this grant counts."""
        return f"agreement:{self.agreement}" if self.agreement else f"grant:{self.pk}"


class ApiKey(models.Model):
    """A key in API Gateway. Its value is never here: only what recognises it.

    A customer has one live key at most, and one being retired beside it while programs move from
    the one to the other.
    """

    class State(models.TextChoices):
        WANTED = "wanted", _("Being made")
        LIVE = "live", _("Live")
        RETIRING = "retiring", _("Being retired")
        WITHDRAWN = "withdrawn", _("Being withdrawn")
        GONE = "gone", _("Gone")

    class End(models.TextChoices):
        """Why a key ended."""

        ROTATED = "rotated", _("replaced by a new one")
        REVOKED = "revoked", _("revoked")
        PUBLISHED = "published", _("revoked because it was published")
        EXPIRED = "expired", _("ended on its date")
        RESET = "reset", _("replaced when the account was reset")

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="keys")
    state = models.CharField(max_length=10, choices=State, default=State.WANTED)
    name = models.CharField(max_length=80, unique=True)
    key_id = models.CharField(max_length=20, blank=True, db_index=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    first4 = models.CharField(max_length=4, blank=True)
    last4 = models.CharField(max_length=4, blank=True, db_index=True)
    # Whose wish it was, if a person of the customer asked: they alone are shown it.
    asked_by = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The key that retires once this one is live, and how long it goes on working then.
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    overlap = models.DurationField(null=True, blank=True)
    # API Gateway was asked to make it, so it may exist although no id came back.
    tried_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    shown_at = models.DateTimeField(null=True, blank=True)
    # When its retirement is over, and its own end, which no rotation moves.
    retires_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    # The end of which its people were told by mail.
    end_told = models.DateTimeField(null=True, blank=True)
    ended_as = models.CharField(max_length=10, choices=End, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("API key")
        permissions: ClassVar = [
            ("rotate_apikey", _("Can replace customers' API keys")),
            ("revoke_apikey", _("Can revoke API keys, also published ones")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant"], name=f"one_{state}_key", condition=Q(state=state)
            )
            for state in ("wanted", "live", "retiring")
        ]
        indexes: ClassVar = [
            models.Index(fields=["retires_at"], name="key_retires", condition=Q(state="retiring")),
            models.Index(
                fields=["expires_at"],
                name="key_expires",
                condition=Q(state__in=["live", "retiring"], expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first4}…{self.last4}" if self.last4 else str(self.get_state_display())

    @property
    def ends_at(self) -> datetime | None:
        """The moment from which the API refuses it, if there is one: a whole second."""
        ends = [moment for moment in (self.retires_at, self.expires_at) if moment]
        return min(ends).replace(microsecond=0) if ends else None

    @property
    def works(self) -> bool:
        return self.state in WORKING


# Whose programs call the API: they see, rotate and revoke keys.
MAY_USE_KEYS = (Member.Role.OWNER, Member.Role.DEVELOPER)
# The states in which the gateway knows a key.
WORKING = (ApiKey.State.LIVE, ApiKey.State.RETIRING)


class KeyCensus(models.Model):
    """How many keys API Gateway had in this account and Region, other stages' included."""

    counted_at = models.DateTimeField(auto_now_add=True, db_index=True)
    in_gateway = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["-counted_at"]

    def __str__(self) -> str:
        return f"{self.in_gateway} {self.counted_at:%Y-%m-%d}"


class SignUp(models.Model):
    """One person's wish to get in, from the form to the end, whichever it is."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        REFUSED = "refused", _("Refused")
        CONFIRMING = "confirming", _("Address to be confirmed")
        KNOWN = "known", _("Address has an account")
        ASKING = "asking", _("Asks an owner to join")
        PROVISIONING = "provisioning", _("Being set up")
        CLOSED = "closed", _("Closed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    form_key = models.UUIDField(unique=True, editable=False)
    state = models.CharField(max_length=14, choices=State, default=State.RECEIVED)
    email = models.EmailField(max_length=150, db_index=True)
    full_name = models.CharField(max_length=150)
    company = models.CharField(max_length=200)
    code = models.CharField(max_length=60, blank=True)
    marketing_opt_in = models.BooleanField(default=False)
    refusal = models.CharField(max_length=20, blank=True)
    # Where the campaign wants the address confirmed, the code is only held until then.
    code_held_until = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Without a code: Cognito made the user and mails codes of its own, the last one then.
    is_open = models.BooleanField(_("without a code, by open registration"), default=False)
    user_id = models.CharField(max_length=36, blank=True, db_index=True)
    code_sent_at = models.DateTimeField(null=True, blank=True)
    # What the link said that brought the visitor here (campaigns.links.Origin).
    utm_source = models.CharField(_("source (utm_source)"), max_length=LONGEST, blank=True)
    utm_medium = models.CharField(_("medium (utm_medium)"), max_length=LONGEST, blank=True)
    utm_campaign = models.CharField(_("campaign (utm_campaign)"), max_length=LONGEST, blank=True)
    utm_term = models.CharField(_("term (utm_term)"), max_length=LONGEST, blank=True)
    utm_content = models.CharField(_("content (utm_content)"), max_length=LONGEST, blank=True)
    code_released_at = models.DateTimeField(null=True, blank=True)
    tenant = models.OneToOneField(Tenant, null=True, blank=True, on_delete=models.PROTECT)
    # Whose code let them in; there once there is a tenant.
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = _("sign-up")
        indexes: ClassVar = [
            models.Index(fields=["utm_source", "-created_at"], name="sign_up_by_source")
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.created_at:%Y-%m-%d}"


class Promotion(models.Model):
    """A code that an existing customer redeems. The code is spent under this row's id."""

    class State(models.TextChoices):
        REDEEMING = "redeeming", _("Being redeemed")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="promotions")
    member = models.ForeignKey(Member, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=State, default=State.REDEEMING)
    code = models.CharField(max_length=40)
    grant = models.OneToOneField(Grant, null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "code"], name="one_code_once_per_tenant")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["updated_at"], name="promotion_due", condition=Q(state="redeeming")
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant} {self.created_at:%Y-%m-%d}"


class SyncStep(models.Model):
    """One thing that the reconciler did in AWS for a tenant, or failed to do."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="steps")
    generation = models.PositiveIntegerField()
    system = models.CharField(max_length=20)
    what = models.CharField(max_length=200)
    error = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.what
