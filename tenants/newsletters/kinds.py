"""The newsletter platforms that staff may choose from, and what each asks of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = str | Promise


class Kind(models.TextChoices):
    MAILCHIMP = "mailchimp", "Mailchimp"
    HUBSPOT = "hubspot", "HubSpot"
    BEEHIIV = "beehiiv", "beehiiv"
    KIT = "kit", "Kit"


@dataclass(frozen=True)
class Terms:
    """`per_minute` requests are sent unless the connection says otherwise, `most` at most. They
    are sent one after another, so a platform has two of ours at once only while staff test."""

    per_minute: int
    most: int
    # What an audience and a tag look like; an empty pattern allows none.
    audience: str
    audience_words: StrOrPromise
    tag: str
    tag_words: StrOrPromise
    confirms: bool = False


TERMS: dict[str, Terms] = {
    # No rate is documented, but ten requests at once at most.
    Kind.MAILCHIMP: Terms(
        per_minute=300,
        most=600,
        audience=r"[0-9a-z]{6,20}",
        audience_words=_("Write the id of the list, such as a1b2c3d4e5."),
        tag=r"[^<>]{1,100}",
        tag_words=_("Write a tag of at most 100 characters."),
        confirms=True,
    ),
    # 100 requests in 10 seconds; 190 with Professional or Enterprise.
    Kind.HUBSPOT: Terms(
        per_minute=480,
        most=1140,
        audience=r"[0-9]{1,20}",
        audience_words=_("Write the number of the subscription type."),
        tag=r"[a-z][a-z0-9_]{0,99}=[^<>=]{1,200}",
        tag_words=_("Write property=value, with a contact property that exists at HubSpot."),
    ),
    # 180 a minute and organisation.
    Kind.BEEHIIV: Terms(
        per_minute=150,
        most=180,
        audience=r"pub_[0-9a-f-]{8,40}",
        audience_words=_("Write the id of the publication, which begins with pub_."),
        tag=r"[^<>]{1,100}",
        tag_words=_("Write a tag of at most 100 characters."),
        confirms=True,
    ),
    # 120 in 60 seconds and key.
    Kind.KIT: Terms(
        per_minute=100,
        most=120,
        audience="",
        audience_words=_("Leave it empty: a Kit account has one audience."),
        tag=r"[0-9]{1,20}",
        tag_words=_("Write the number of the tag, which stands in its address at Kit."),
    ),
}
