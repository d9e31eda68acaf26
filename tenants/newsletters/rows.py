"""Who said yes to product news, where they are subscribed, and how we reach each platform."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.leases import Leased
from tenants.newsletters.kinds import Kind


class NewsletterConnection(Leased):
    """One audience at one platform. Its key is nowhere in SQL: the row says where it is kept.

    The lease is that of the one worker who speaks to the platform, at the pace of the row.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("platform"), max_length=10, choices=Kind)
    key_name = models.CharField(_("where its key is kept"), max_length=200)
    audience = models.CharField(_("audience"), max_length=100, blank=True)
    tag = models.CharField(_("tag"), max_length=300, blank=True)
    confirms = models.BooleanField(_("has people confirm"), default=False)
    per_minute = models.PositiveIntegerField(_("requests a minute"))
    is_enabled = models.BooleanField(_("subscribes people"), default=True)
    campaigns = models.ManyToManyField(
        "campaigns.Campaign", blank=True, related_name="newsletters", verbose_name=_("campaigns")
    )
    without_campaign = models.BooleanField(_("customers without a campaign"), default=False)
    # Where people can subscribe by themselves once they had opted out.
    form_url = models.URLField(_("sign-up page of the platform"), blank=True)

    # Since when everybody who said yes before has a row; None: not looked through yet.
    filled_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_call_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    trouble = models.CharField(max_length=500, blank=True, editable=False)
    # What the platform called the audience at the last test that went well.
    audience_name = models.CharField(max_length=200, blank=True, editable=False)
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("newsletter connection")
        permissions: ClassVar = [("test_newsletterconnection", _("Can test connections"))]

    def __str__(self) -> str:
        return self.name


class NewsletterConsent(models.Model):
    """A person said yes, in these words, and perhaps no again."""

    class Source(models.TextChoices):
        SIGN_UP = "sign_up", _("Sign-up form")
        ACCOUNT = "account", _("Account page")
        IMPORTED = "imported", _("Imported")

    class End(models.TextChoices):
        ACCOUNT = "account", _("Account page")
        PLATFORM = "platform", _("Newsletter platform")
        LEFT = "left", _("Left the account")
        CLOSED = "closed", _("Account closed")

    member = models.ForeignKey("tenants.Member", on_delete=models.CASCADE, related_name="consents")
    given_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source)
    # Which of tenants/newsletters/wordings.py they read; empty for what was given before there
    # were records.
    wording = models.CharField(max_length=20, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=10, choices=End, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("newsletter consent")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member"], name="one_open_consent", condition=Q(withdrawn_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.given_at:%Y-%m-%d}"


class NewsletterSubscription(models.Model):
    """What a person wants at one connection, and what the platform was last seen to have."""

    class Wanted(models.TextChoices):
        IN = "in", _("Subscribed")
        OUT = "out", _("Unsubscribed")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        STUCK = "stuck", _("Stuck")

    class There(models.TextChoices):
        UNKNOWN = "", _("Not sent")
        SUBSCRIBED = "subscribed", _("Subscribed")
        PENDING = "pending", _("To be confirmed")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed there")
        INVALID = "invalid", _("Address not taken")
        ABSENT = "absent", _("Not there")

    member = models.ForeignKey(
        "tenants.Member", on_delete=models.CASCADE, related_name="subscriptions"
    )
    connection = models.ForeignKey(
        NewsletterConnection, on_delete=models.PROTECT, related_name="subscriptions"
    )
    wanted = models.CharField(max_length=3, choices=Wanted, default=Wanted.IN)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    there = models.CharField(max_length=12, choices=There, blank=True, default=There.UNKNOWN)
    remote_id = models.CharField(max_length=100, blank=True)
    # Since when the platform may know the address; before that there is nothing to take back.
    tried_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now_add=True)
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("newsletter subscription")
        permissions: ClassVar = [
            ("retry_newslettersubscription", _("Can try stuck subscriptions again"))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "connection"], name="one_subscription_each")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["connection", "next_attempt_at"],
                name="subscription_due",
                condition=Q(state="waiting"),
            ),
            models.Index(
                fields=["connection", "looked_at"],
                name="subscription_seen",
                condition=Q(state="done", there__in=["subscribed", "pending"]),
            ),
            models.Index(fields=["id"], name="subscription_stuck", condition=Q(state="stuck")),
        ]

    def __str__(self) -> str:
        return f"{self.member} → {self.connection}"
