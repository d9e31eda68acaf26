"""What staff edit. Codes themselves live in DynamoDB: adapters/promo_codes.py."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from adapters.definitions import definition
from backoffice.models import Job
from campaigns.outcome_rows import CheckPulse as CheckPulse
from campaigns.outcome_rows import Outcome as Outcome
from campaigns.outcome_rows import OutcomeCopy as OutcomeCopy
from campaigns.outcome_rows import RefusalAlarm as RefusalAlarm
from campaigns.outcome_rows import UseCopy as UseCopy

MOST_CODES = 1_000_000
MOST_USES = 1_000_000
MOST_ACCESS_DAYS = 3650


def tier_choices() -> list[tuple[str, str]]:
    return [(name, tier["label"]) for name, tier in definition("tiers").items()]


def new_public_id() -> str:
    """A short id that DynamoDB items carry: not guessable, stable when a name changes."""
    return secrets.token_hex(6)


class Campaign(models.Model):
    """A promotion: who redeems one of its codes gets its tier."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        PAUSED = "paused", _("Paused")
        ARCHIVED = "archived", _("Archived")

    class Notify(models.TextChoices):
        NONE = "none", _("Never")
        EACH = "each", _("For each sign-up")
        DAILY = "daily", _("Once a day")

    class CodeKind(models.TextChoices):
        """What staff choose; it stands for `default_max_uses` and `once_per_customer`."""

        SINGLE = "single", _("Single-use: each code works for one customer")
        SINGLE_ONCE = "single-once", _("Single-use, one per customer: nobody redeems two of them")
        SHARED = "shared", _("Shared with a cap: one code works for many customers")
        SHARED_ONCE = "shared-once", _("One per customer: shared, and nobody redeems it twice")

        @property
        def is_shared(self) -> bool:
            return self.startswith("shared")

        @property
        def is_once(self) -> bool:
            return self.endswith("once")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(
        _("name"), max_length=100, help_text=_("Customers read this when their code is good.")
    )
    slug = models.SlugField(
        unique=True, help_text=_("A short name for commands: generate_codes autumn-launch")
    )
    tier = models.CharField(_("tier granted"), max_length=20, choices=tier_choices)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN, editable=False)
    starts_at = models.DateTimeField(
        _("starts"), null=True, blank=True, help_text=_("Empty: at once.")
    )
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True, help_text=_("Empty: never."))
    prefix = models.CharField(
        _("prefix of codes"),
        max_length=12,
        blank=True,
        validators=[RegexValidator(r"^[0-9A-Za-z]*$", _("Letters and digits only."))],
        help_text=_("Generated codes begin with it: LAUNCH-7KQ2-9XWM-3HTRC"),
    )
    access_days = models.PositiveIntegerField(
        _("days of access"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ACCESS_DAYS)],
        help_text=_("Counted from the redemption. Empty: for ever."),
    )
    cap = models.PositiveIntegerField(
        _("redemptions at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000_000)],
        help_text=_("All codes of the campaign together. Empty: no limit but the codes'."),
    )
    once_per_customer = models.BooleanField(
        _("once per customer"),
        default=False,
        help_text=_("A customer redeems one code of the campaign, whatever address they write."),
    )
    new_customers_only = models.BooleanField(
        _("new customers only"),
        default=False,
        help_text=_("Refused for whoever is or was a customer."),
    )
    confirm_first = models.BooleanField(
        _("confirm the address first"),
        default=False,
        help_text=_("The code is only held until the person opened the link in their mail."),
    )
    allowed_domains = models.TextField(
        _("only for e-mail domains"),
        blank=True,
        max_length=2000,
        help_text=_("One a line: example.com, its subdomains included. Empty: all."),
    )
    refused_domains = models.TextField(
        _("not for e-mail domains"),
        blank=True,
        max_length=2000,
        help_text=_("One a line, subdomains included."),
    )
    tags = models.CharField(
        _("tags"), max_length=200, blank=True, help_text=_("For you: trade fair, partner, Q4.")
    )
    default_max_uses = models.PositiveIntegerField(
        _("uses per code"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_USES)],
        help_text=_("What a new batch starts from; the batch has the last word."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # The gate in DynamoDB follows this row: due while gate_generation < generation.
    generation = models.PositiveIntegerField(default=1, editable=False)
    gate_generation = models.PositiveIntegerField(default=0, editable=False)
    # Whom campaigns/notices.py has us tell of sign-ups: one address a line.
    notify = models.CharField(max_length=5, choices=Notify, default=Notify.NONE, editable=False)
    notify_addresses = models.TextField(blank=True, editable=False)
    # The daily notices of all days up to this one are promised.
    notified_until = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [("pause_campaign", _("Can pause and resume campaigns"))]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="campaign_ends_after_start",
                condition=Q(ends_at=None) | Q(starts_at=None) | Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("The end must be after the start."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_in_force(self) -> bool:
        """Whether redemption already sees this row as it is."""
        return self.gate_generation >= self.generation

    @property
    def addresses_to_notify(self) -> list[str]:
        return self.notify_addresses.splitlines()

    @property
    def code_kind(self) -> CodeKind:
        uses = "shared" if self.default_max_uses > 1 else "single"
        return Campaign.CodeKind(f"{uses}-once" if self.once_per_customer else uses)

    def status(self) -> str:
        """Return one word for lists: open, paused, archived, upcoming or ended."""
        now = timezone.now()
        if self.state != Campaign.State.OPEN:
            return str(self.state)
        if self.starts_at and now < self.starts_at:
            return "upcoming"
        return "ended" if self.ends_at and now >= self.ends_at else "open"


class Batch(models.Model):
    """Codes that were made together and can be stopped together."""

    class State(models.TextChoices):
        PREPARING = "preparing", _("Being made")
        READY = "ready", _("Ready")
        PAUSED = "paused", _("Paused")
        REVOKED = "revoked", _("Revoked")

    class Origin(models.TextChoices):
        GENERATED = "generated", _("Generated")
        VANITY = "vanity", _("Chosen by hand")
        IMPORTED = "imported", _("Imported")
        FUNCTION = "function", _("Made by a function")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="batches")
    label = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PREPARING)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.GENERATED)
    prefix = models.CharField(max_length=12, blank=True)
    count = models.PositiveIntegerField()
    # How many of them a function has made so far: batches that it makes have no job.
    made = models.PositiveIntegerField(default=0, editable=False)
    max_uses = models.PositiveIntegerField(default=1)
    # What its codes carry, and what staff made of it since: the gate tells redemption the latter.
    written_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    job = models.OneToOneField(Job, null=True, blank=True, on_delete=models.SET_NULL)
    # The codes follow from it. It is deleted as soon as they are written.
    seed = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = _("batches")
        permissions: ClassVar = [
            ("generate_codes", _("Can generate codes")),
            ("export_codes", _("Can download codes")),
            ("stop_batch", _("Can pause, resume and revoke batches")),
        ]

    def __str__(self) -> str:
        return self.label or f"{self.campaign} #{self.pk}"

    @property
    def is_discarded(self) -> bool:
        """Whether it was given up before it was finished."""
        return self.job is not None and self.job.state == Job.State.ABANDONED


class Redemption(models.Model):
    """A copy, for staff, of who used which code. DynamoDB decides; this can be rebuilt from it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="redemptions")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="redemptions")
    code = models.CharField(max_length=40, db_index=True)
    redeemed_by = models.CharField(max_length=64, unique=True)
    redeemed_at = models.DateTimeField(db_index=True)
    released_at = models.DateTimeField(null=True, blank=True)
    # How it came, and how far it led: nobody but staff asks this of the copy.
    tier = models.CharField(_("tier"), max_length=20, blank=True, choices=tier_choices)
    utm_source = models.CharField(_("source"), max_length=100, blank=True)
    utm_medium = models.CharField(_("medium"), max_length=100, blank=True)
    utm_campaign = models.CharField(_("campaign (utm_campaign)"), max_length=100, blank=True)
    provisioned_at = models.DateTimeField(null=True, blank=True)
    first_call_at = models.DateTimeField(null=True, blank=True)
    # When somebody last looked for a first call; the setting-up counts as the first look.
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["campaign", "redeemed_at"], name="redemption_of_campaign"),
            models.Index(
                fields=["looked_at"],
                name="redemption_silent",
                condition=Q(first_call_at=None, released_at=None, looked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code[:4]}… {self.redeemed_at:%Y-%m-%d}"


class CodeImport(models.Model):
    """A file of existing codes: checked first, then imported as a batch or discarded."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        IMPORTING = "importing", _("Being imported")
        IMPORTED = "imported", _("Imported")
        DISCARDED = "discarded", _("Discarded")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="imports")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    file_name = models.CharField(max_length=200)
    label = models.CharField(max_length=100, blank=True)
    max_uses = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.CHECKING)
    lines = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    # Line number, text and reason, for the page. Emptied with the files.
    first_rejected = models.JSONField(default=list, blank=True)
    check_job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="checks")
    batch = models.OneToOneField(
        Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="imported_by"
    )
    # When what it was read into is deleted; empty: that is done, or it is being imported.
    files_until = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("import")

    def __str__(self) -> str:
        return self.label or self.file_name

    @property
    def valid(self) -> int:
        """How many lines are good; known when the check is done."""
        return self.lines - self.rejected
