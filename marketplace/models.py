"""What is known of buyers and their agreements. None of these rows switches access by itself:
granting.py makes a grant of an agreement, and tenants/access.py decides."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import tier_choices
from marketplace.folding import GOES_ON, KNOWN_ENDS
from marketplace.metering.rows import Meter as Meter
from marketplace.metering.rows import MeterAttempt as MeterAttempt
from marketplace.metering.rows import MeterCall as MeterCall
from marketplace.metering.rows import MeteredHour as MeteredHour
from marketplace.metering.rows import Metering as Metering
from marketplace.notice_rows import Notice as Notice
from tenants.models import Member, SignUp, Tenant


class Agreement(models.Model):
    """What one buyer account bought, once: the identity of everything that is billed.

    With Concurrent Agreements `agreement_id` names it, and one account may hold several. A legacy
    product has no such id in its notices: there the product and its customer identifier do, and a
    buyer who comes back is the same row again.

    Everything from `state` to `entitled_at` is computed (folding.py) and never written by hand. A
    row may know nothing but its end: a tombstone, which a late "created" cannot revive.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for AWS")
        ACTIVE = "active", _("Active")
        ENDED = "ended", _("Ended")

    agreement_id = models.CharField(max_length=64, blank=True, db_index=True)
    customer_identifier = models.CharField(max_length=255, blank=True, db_index=True)
    product_code = models.CharField(max_length=255, blank=True)
    product_id = models.CharField(max_length=64, blank=True)
    # The part l-… of the ARN: events print the ARN itself in another layout than ResolveCustomer.
    license_id = models.CharField(max_length=64, blank=True, db_index=True)
    # As ResolveCustomer or the agreement API gave it: what metering sends.
    license_arn = models.CharField(max_length=255, blank=True)
    account_id = models.CharField(_("AWS account"), max_length=20, blank=True, db_index=True)
    offer_id = models.CharField(max_length=64, blank=True)
    previous_agreement_id = models.CharField(max_length=64, blank=True, db_index=True)
    # What grants and usage call it, from its first grant on, whatever is learned of it later.
    source = models.CharField(max_length=520, blank=True, db_index=True)
    # NEW, RENEW or REPLACE; and the first of the chain that renewals make.
    intent = models.CharField(max_length=12, blank=True)
    initial_agreement_id = models.CharField(max_length=64, blank=True)

    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    # CANCELLED, EXPIRED, TERMINATED, RENEWED, REPLACED …: AWS's word, kept even if it is new to us.
    ended_as = models.CharField(max_length=40, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    auto_renews = models.BooleanField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # AWS suspects something: it closes nothing by itself, a person decides.
    advisory_since = models.DateTimeField(null=True, blank=True)
    # When staff decided on it. An advisory that begins later is open again.
    advisory_decided_at = models.DateTimeField(null=True, blank=True)
    # When staff said that what waits here is known to them: what begins later waits again.
    seen_at = models.DateTimeField(null=True, blank=True)
    tier = models.CharField(max_length=20, choices=tier_choices, blank=True)
    # When the entitlements below were read last.
    entitled_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    # When to ask AWS about it next; nothing where there is nothing to ask any more.
    look_due_at = models.DateTimeField(null=True, blank=True, default=timezone.now, db_index=True)
    trouble = models.CharField(max_length=500, blank=True)

    tenant = models.ForeignKey(
        Tenant, null=True, blank=True, on_delete=models.PROTECT, related_name="agreements"
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("agreement")
        permissions: ClassVar = [
            ("attach_agreement", _("Can attach agreements to customers and detach them")),
            ("look_at_agreement", _("Can have AWS asked about agreements")),
            ("decide_agreement", _("Can decide on advisories and on what waits in the inbox")),
        ]
        # What waits for staff (waiting.py) is few rows of many.
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                name="agreement_without_customer",
                condition=Q(state="active", tenant=None),
            ),
            models.Index(
                fields=["created_at"], name="agreement_pending", condition=Q(state="pending")
            ),
            models.Index(fields=["ends_at"], name="agreement_ending", condition=Q(state="active")),
            models.Index(
                fields=["ended_at"],
                name="agreement_goes_on",
                condition=Q(state="ended", ended_as__in=sorted(GOES_ON)),
            ),
            models.Index(
                fields=["ended_at"],
                name="agreement_odd_end",
                condition=Q(state="ended") & ~Q(ended_as__in=sorted(KNOWN_ENDS)),
            ),
            models.Index(
                fields=["advisory_since"],
                name="agreement_advisory",
                condition=Q(advisory_since__isnull=False),
            ),
            models.Index(fields=["id"], name="agreement_in_trouble", condition=~Q(trouble="")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement_id"], name="one_row_an_agreement", condition=~Q(agreement_id="")
            ),
            models.UniqueConstraint(
                fields=["product_code", "customer_identifier"],
                name="one_row_a_legacy_customer",
                condition=Q(agreement_id="") & ~Q(customer_identifier=""),
            ),
            models.UniqueConstraint(
                fields=["license_id"], name="one_row_a_license", condition=~Q(license_id="")
            ),
        ]

    def __str__(self) -> str:
        return self.agreement_id or f"{self.product_code}/{self.customer_identifier}"

    @property
    def source_name(self) -> str:
        """What grants and usage rows call this agreement: from its first grant on it stays."""
        return self.source or self.agreement_id or f"{self.product_code}/{self.customer_identifier}"


class Entitlement(models.Model):
    """What GetEntitlements said of one dimension of an agreement, when it was read last."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="entitlements")
    dimension = models.CharField(max_length=255)
    # As text, whatever AWS's kind of number is: 10, 2.5, true, a word.
    value = models.CharField(max_length=255)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["dimension"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "dimension"], name="one_row_a_dimension")
        ]

    def __str__(self) -> str:
        return f"{self.dimension}: {self.value}"


class AgreementSearch(models.Model):
    """When the agreements of a product are listed next, to find those nobody told us of."""

    product_code = models.CharField(max_length=255, unique=True)
    due_at = models.DateTimeField(default=timezone.now)
    # Only what changed later is listed; everything where there is nothing here yet.
    search_from = models.DateTimeField(null=True, blank=True)
    searched_at = models.DateTimeField(null=True, blank=True)
    # Agreements that only a search found, in all.
    found = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["product_code"]
        verbose_name = _("search for agreements")
        verbose_name_plural = _("searches for agreements")

    def __str__(self) -> str:
        return self.product_code


class Registration(models.Model):
    """A buyer who came with a token: what ResolveCustomer said, kept until they have an account.

    The token itself is nowhere. Several registrations of one agreement are allowed: whoever
    finishes first has it, and the others are led to that account's sign-in.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Not finished")
        FINISHED = "finished", _("Finished")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="registrations")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    is_free_trial = models.BooleanField(default=False)
    # One of the two, once it is finished: a new account, or the person who attached theirs.
    sign_up = models.OneToOneField(SignUp, null=True, blank=True, on_delete=models.PROTECT)
    attached_by = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = _("registration")

    def __str__(self) -> str:
        return f"{self.agreement} {self.created_at:%Y-%m-%d}"
