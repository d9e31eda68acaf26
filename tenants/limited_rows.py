"""Visitors who tried too often."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class LimitedVisitor(models.Model):
    """Somebody who crossed a limit. Who it is stays unknown: a keyed hash finds them again."""

    class What(models.TextChoices):
        CHECK = "check", _("Checks of codes")
        SIGN_UP = "sign-up", _("Sign-ups")
        LINK = "link", _("One-time links")
        CODE = "code", _("Codes of open registration")
        REFUSED = "refused", _("Refused codes")
        E_MAIL = "e-mail", _("Sign-ups with one e-mail address")
        SIGN_IN = "sign-in", _("Sign-ins")
        ACCOUNT = "account", _("Sign-ins to one account")
        FORGOTTEN = "forgotten", _("Forgotten passwords")
        REQUEST = "request", _("Forgotten passwords of one account")
        HAND_OVER = "hand-over", _("Buyers from AWS Marketplace")
        EVERYBODY = "everybody", _("All strangers together")

    what = models.CharField(_("limit"), max_length=10, choices=What)
    pseudonym = models.CharField(max_length=32, db_index=True, editable=False)
    shown = models.CharField(_("visitor"), max_length=200)
    since = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    crossings = models.PositiveIntegerField(_("times crossed"), default=1)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-until", "-id"]
        verbose_name = _("limited visitor")
        permissions: ClassVar = [("release_limitedvisitor", _("Can release limited visitors"))]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["what", "pseudonym"], name="one_row_a_limit")
        ]

    def __str__(self) -> str:
        return f"{self.shown}, {self.get_what_display()}"
