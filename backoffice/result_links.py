"""Links to the files of jobs: each for one person, one job and one hour.

The signature does not replace the sign-in and the right to the file; it keeps an address that was
copied into a chat or a bookmark from being worth anything.
"""

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core import signing
from django.urls import reverse

from backoffice.models import Job

GOOD_FOR = timedelta(hours=1)
_SALT = "backoffice.result_links"


class LinkExpired(Exception):
    """It was good, or never was: a new one costs nothing for who may have one."""


class LinkForeign(Exception):
    """It was made for a colleague, or for another job."""


def link_to(job: Job, person: AbstractBaseUser | AnonymousUser) -> str:
    """Return the address under which this person gets the job's file from now on for an hour."""
    ticket = signing.dumps([job.pk, person.pk], salt=_SALT)
    return reverse("admin:backoffice_job_result", args=(job.pk, ticket))


def check(ticket: str, job: Job, person: AbstractBaseUser | AnonymousUser) -> None:
    """Raise LinkExpired or LinkForeign unless the link was made for this and is not too old."""
    try:
        made_for = signing.loads(ticket, salt=_SALT, max_age=GOOD_FOR)
    except signing.BadSignature as error:
        raise LinkExpired from error
    if made_for != [job.pk, person.pk]:
        raise LinkForeign
