"""Mails that were promised, and the one-time links that some of them carry."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from adapters.mail_events import Kind as EventKind
from backoffice.leases import Leased


class Message(Leased):
    """A mail that was promised. Delivered at least once; a crash between SES and this row may
    repeat it once, because SES has no idempotency."""

    class Kind(models.TextChoices):
        WELCOME = "welcome", _("Welcome")
        RESET = "reset", _("New password")
        INVITATION = "invitation", _("Invitation")
        INVITED_ELSEWHERE = "invited_elsewhere", _("Invited, has another account")
        PASSWORD_LINK = "password_link", _("Forgotten password")
        CONFIRM = "confirm", _("Confirm the address")
        ALREADY_KNOWN = "already_known", _("Address has an account")
        NOT_AGAIN = "not_again", _("Code is not for them again")
        KEY_PUBLISHED = "key_published", _("A key was published")
        KEY_ROTATED = "key_rotated", _("A new key is there")
        KEY_ENDING = "key_ending", _("A key ends soon")
        SIGN_UP_NOTICE = "sign_up_notice", _("Notice of a sign-up")
        DAILY_NOTICE = "daily_notice", _("Notice of a day's sign-ups")
        ALARM_NOTICE = "alarm_notice", _("Notice of an alarm")
        SUBSCRIPTION_STARTED = "subscription_started", _("Subscription started")
        SUBSCRIPTION_ENDING = "subscription_ending", _("Subscription is ending")
        SUBSCRIPTION_ENDED = "subscription_ended", _("Subscription ended")
        AGREEMENT_NOTICE = "agreement_notice", _("Notice of an agreement")
        METERING_NOTICE = "metering_notice", _("Notice of late usage")
        RETURNED_NOTICE = "returned_notice", _("Notice of returned mail")
        DOMAIN_LINK = "domain_link", _("Confirm a domain")
        DOMAIN_PROVED = "domain_proved", _("Domain is proved")
        DOMAIN_NOT_PROVED = "domain_not_proved", _("Domain is not proved")
        DOMAIN_RECORD_LOST = "domain_record_lost", _("Domain's record is gone")
        DOMAIN_RELEASED = "domain_released", _("Domain is released")
        JOIN_REQUEST = "join_request", _("Somebody asks to join")
        JOIN_WAITING = "join_waiting", _("Asked to join, waits")
        JOIN_REFUSED = "join_refused", _("Asked to join, in vain")
        COLLEAGUE_JOINED = "colleague_joined", _("Somebody joined by a rule")
        OWNERSHIP_GIVEN = "ownership_given", _("Account was given away")
        OWNERSHIP_RECEIVED = "ownership_received", _("Account was received")
        QUOTA = "quota", _("Quota is being used up")
        QUOTA_NOTICE = "quota_notice", _("Notice of a used-up quota")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        STUCK = "stuck", _("Stuck")
        # Mail to the address comes back: staff release it (tenants/returned/suppression.py).
        HELD = "held", _("Not sent: address held back")
        DROPPED = "dropped", _("No longer needed")

    class Fate(models.TextChoices):
        """What became of a sent mail, as far as SES told us."""

        DELIVERED = EventKind.DELIVERED.value, _("Delivered")
        DELAYED = EventKind.DELAYED.value, _("Delayed, SES goes on trying")
        SOFT_BOUNCED = EventKind.SOFT_BOUNCED.value, _("Came back, for now")
        BOUNCED = EventKind.BOUNCED.value, _("Bounced")
        COMPLAINED = EventKind.COMPLAINED.value, _("Marked as unwanted")
        REJECTED = EventKind.REJECTED.value, _("Not taken by SES")

    # Somebody of the staff has to act before it is sent.
    UNSENT = (State.STUCK, State.HELD)

    kind = models.CharField(max_length=24, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    to = models.EmailField(max_length=150)
    member = models.ForeignKey("tenants.Member", null=True, blank=True, on_delete=models.CASCADE)
    sign_up = models.ForeignKey("tenants.SignUp", null=True, blank=True, on_delete=models.CASCADE)
    key = models.ForeignKey("tenants.ApiKey", null=True, blank=True, on_delete=models.CASCADE)
    invitation = models.ForeignKey(
        "tenants.Invitation", null=True, blank=True, on_delete=models.CASCADE
    )
    # A domain that is held, or one that is being proved.
    domain = models.ForeignKey("tenants.Domain", null=True, blank=True, on_delete=models.CASCADE)
    domain_claim = models.ForeignKey(
        "tenants.DomainClaim", null=True, blank=True, on_delete=models.CASCADE
    )
    # Somebody who asks to join, or who joined.
    join_request = models.ForeignKey(
        "tenants.JoinRequest", null=True, blank=True, on_delete=models.CASCADE
    )
    colleague = models.ForeignKey(
        "tenants.Member", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # A notice to staff is about a sign-up or a day of this campaign, or about an alarm.
    campaign = models.ForeignKey(
        "campaigns.Campaign", null=True, blank=True, on_delete=models.PROTECT
    )
    day = models.DateField(null=True, blank=True)
    alarm = models.ForeignKey(
        "campaigns.RefusalAlarm", null=True, blank=True, on_delete=models.PROTECT
    )
    quota_alert = models.ForeignKey(
        "tenants.QuotaAlert", null=True, blank=True, on_delete=models.CASCADE
    )
    # A mail about a Marketplace agreement, and which occasion of it: one mail for each.
    agreement = models.CharField(max_length=255, blank=True)
    occasion = models.CharField(max_length=80, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # By this id SES tells later what became of it (tenants/returned).
    ses_message_id = models.CharField(max_length=80, blank=True)
    fate = models.CharField(max_length=12, choices=Fate, blank=True)
    fate_reason = models.CharField(max_length=80, blank=True)
    fate_said = models.CharField(max_length=300, blank=True)
    fate_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [
            ("retry_message", _("Can try stuck mails again")),
            ("preview_message", _("Can see samples of mails")),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"], name="message_due", condition=Q(state="waiting")
            ),
            models.Index(fields=["id"], name="message_stuck", condition=Q(state="stuck")),
            models.Index(fields=["id"], name="message_held", condition=Q(state="held")),
            models.Index(
                fields=["ses_message_id"],
                name="message_of_ses",
                condition=~Q(ses_message_id=""),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign", "day", "to"],
                name="one_daily_notice",
                condition=Q(kind="daily_notice"),
            ),
            models.UniqueConstraint(
                fields=["alarm", "to"], name="one_notice_an_alarm", condition=Q(alarm__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["quota_alert", "kind", "to"],
                name="one_mail_a_quota_alert",
                condition=Q(quota_alert__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["agreement", "kind", "occasion", "to"],
                name="one_mail_an_occasion",
                condition=~Q(agreement=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.to}"


# Mails to staff: no customer waits for one.
NOTICES = (
    Message.Kind.SIGN_UP_NOTICE,
    Message.Kind.DAILY_NOTICE,
    Message.Kind.ALARM_NOTICE,
    Message.Kind.QUOTA_NOTICE,
    Message.Kind.AGREEMENT_NOTICE,
    Message.Kind.METERING_NOTICE,
    Message.Kind.RETURNED_NOTICE,
)


class OneTimeLink(Leased):
    """A link that lets its reader choose a password. SQL keeps a hash of its token."""

    member = models.ForeignKey("tenants.Member", on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.member} {self.created_at:%Y-%m-%d}"
