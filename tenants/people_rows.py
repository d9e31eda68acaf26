"""The people of a customer, and invitations that cannot become one, because the address has an
account elsewhere."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import StrIndex, Substr
from django.utils.translation import gettext_lazy as _


class Member(models.Model):
    """A person of a tenant. The address is casefolded; Cognito knows them by `user_id`."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        DEVELOPER = "developer", _("Developer")
        BILLING = "billing", _("Billing")
        READ_ONLY = "read-only", _("Read-only")

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="members")
    email = models.EmailField(max_length=150, db_index=True)
    # The address without its plus-tag: who comes again under another one is the same customer.
    identity = models.CharField(max_length=150, default="", db_index=True, editable=False)
    domain = models.GeneratedField(
        expression=Substr("email", StrIndex("email", Value("@")) + 1),
        output_field=models.CharField(max_length=150),
        db_persist=True,
        db_index=True,
    )
    full_name = models.CharField(max_length=150)
    role = models.CharField(max_length=10, choices=Role, default=Role.OWNER)
    user_id = models.CharField(max_length=36, blank=True, db_index=True)
    marketing_opt_in_at = models.DateTimeField(null=True, blank=True)
    terms_accepted_at = models.DateTimeField(null=True, blank=True)
    password_set_at = models.DateTimeField(null=True, blank=True)
    # Sessions and password are to be made useless: due while signed_out_at < sign_out_wanted_at.
    sign_out_wanted_at = models.DateTimeField(null=True, blank=True)
    signed_out_at = models.DateTimeField(null=True, blank=True)
    # Sessions alone are to end, the password stays: due in the same way.
    sessions_end_wanted_at = models.DateTimeField(null=True, blank=True)
    sessions_ended_at = models.DateTimeField(null=True, blank=True)
    # Nobody is to be asked for the code of an app that was lost: due in the same way.
    app_removal_wanted_at = models.DateTimeField(null=True, blank=True)
    app_removed_at = models.DateTimeField(null=True, blank=True)
    # The hold that staff put on one person's sign-in.
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_why = models.CharField(max_length=500, blank=True)
    # What Cognito said of the login when we last heard of it, for staff to read; the reconciler
    # goes by what it sees itself. The status is Cognito's word, or ours (tenants/login_facts.py).
    login_status = models.CharField(max_length=30, blank=True)
    login_enabled = models.BooleanField(default=True)
    login_has_app = models.BooleanField(default=False)
    login_seen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)
    # When AWS had nothing of somebody who left any more: until then the reconciler looks.
    login_gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        permissions: ClassVar = [
            ("switch_member", _("Can disable, enable and sign out people")),
            ("reset_member", _("Can reset people's sign-ins and authenticator apps")),
            ("export_member", _("Can export everything about a person")),
            ("erase_member", _("Can erase people")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email"], name="one_account_per_address", condition=Q(left_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def sign_out_is_due(self) -> bool:
        return _is_due(self.sign_out_wanted_at, self.signed_out_at)

    @property
    def sessions_end_is_due(self) -> bool:
        return _is_due(self.sessions_end_wanted_at, self.sessions_ended_at)

    @property
    def app_removal_is_due(self) -> bool:
        return _is_due(self.app_removal_wanted_at, self.app_removed_at)


def _is_due(wanted: datetime | None, done: datetime | None) -> bool:
    return wanted is not None and (done is None or done < wanted)


class Invitation(models.Model):
    """To the customer who sent it, it looks as any other: who has an account is not told."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(max_length=150, db_index=True)
    full_name = models.CharField(max_length=150)
    role = models.CharField(max_length=10)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "email"], name="one_invitation_per_address")
        ]

    def __str__(self) -> str:
        return self.email
