"""Which e-mail domains a customer holds, and which they are proving. DynamoDB follows what they
hold by the reconciler."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.leases import Leased


class Way(models.TextChoices):
    """How it was proved."""

    STAFF = "staff", _("seen by support")
    DNS = "dns", _("by a DNS record")
    MAIL = "mail", _("by a mail to the domain")


class Domain(Leased):
    """A domain that was proved to be this customer's. One that they hold no more stays as a row."""

    class Rule(models.TextChoices):
        """What becomes of somebody who opens an account with an address of it."""

        NEVER = "never", _("founds an account of their own")
        ASK = "ask", _("asks an owner to join")
        DEVELOPER = "developer", _("joins as a developer")
        READ_ONLY = "read-only", _("joins to read only")

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="domains")
    # In lower case and ASCII, as in adapters/domains.py.
    name = models.CharField(_("domain"), max_length=253, db_index=True)
    rule = models.CharField(_("a colleague"), max_length=10, choices=Rule, default=Rule.NEVER)
    way = models.CharField(_("proved"), max_length=5, choices=Way, default=Way.STAFF)
    # What was seen that proves it, in words.
    proof = models.CharField(_("proof"), max_length=500)
    # What the record says that proved it: it is looked for again, at `look_at`.
    token = models.CharField(max_length=40, blank=True)
    look_at = models.DateTimeField(null=True, blank=True, db_index=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    # The record is gone since then, and its owners know.
    missing_since = models.DateTimeField(null=True, blank=True)
    missing_told_at = models.DateTimeField(null=True, blank=True)
    held_since = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)
    # When DynamoDB had nothing of a released one any more: until then the reconciler looks.
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("e-mail domain")
        permissions: ClassVar = [("hold_domain", _("Can give customers their e-mail domains"))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name"], name="one_holder_a_domain", condition=Q(released_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def joins_as(self) -> str:
        """The role, as DynamoDB has it: empty where nobody joins by themselves."""
        return "" if self.rule in (Domain.Rule.NEVER, Domain.Rule.ASK) else self.rule


class DomainClaim(Leased):
    """A domain of which a customer says that it is theirs. Until it is proved it holds nothing,
    and any number of customers may say so of one domain."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Not proved yet")
        PROVED = "proved", _("Proved")
        TAKEN = "taken", _("Proved by another customer")
        REFUSED = "refused", _("Refused by who reads the domain's mail")
        EXPIRED = "expired", _("Not proved in time")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Found(models.TextChoices):
        """What the last look at the DNS found."""

        NOTHING = "nothing", _("no record of ours")
        ANOTHER = "another", _("a record of ours with another value")
        SILENCE = "silence", _("no answer")

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="claims")
    name = models.CharField(_("domain"), max_length=253, db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey("tenants.Member", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # What the record is to say. It stands in the DNS for everybody to read.
    token = models.CharField(max_length=40)
    look_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    pressed_at = models.DateTimeField(null=True, blank=True)
    found = models.CharField(max_length=10, choices=Found, blank=True)
    # The mail with the link went to this mailbox of the domain; SQL keeps a hash of its token.
    mailbox = models.CharField(max_length=20, blank=True)
    link_hash = models.CharField(max_length=64, blank=True, db_index=True)
    link_ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("domain being proved")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="one_claim_a_domain",
                condition=Q(state="waiting"),
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["look_at"], name="claim_due", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"{self.mailbox}@{self.name}" if self.mailbox else ""
