"""Rows that were chosen in a list: a few are done at once, more are a job.

They are ticked, or they are all that the list shows, page after page. The confirmation of a job
carries a ticket, so that a press that is sent twice starts one job, and how many rows it was shown
for: a list that has grown since is shown again instead of being done.
"""

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from backoffice import bulk_jobs
from backoffice.audit import Act
from backoffice.job_pages import page_of
from backoffice.models import Job
from backoffice.paging import CAP
from backoffice.verbs import Verb, VerbForm

# Done within the request, which has 29 seconds behind a gateway.
AT_ONCE = 20
# What a verb that is no job may be asked for.
MOST_ROWS = 100


@dataclass(frozen=True)
class Choice:
    """The rows that somebody chose for a verb."""

    page: "ModelAdmin[Any]"
    verb: Verb
    rows: Any

    @cached_property
    def count(self) -> int:
        return _count(self.rows)

    @property
    def is_job(self) -> bool:
        return self.verb.is_bulk and self.count > AT_ONCE

    def trouble(self) -> str:
        """Say why these are too many, or nothing."""
        if self.verb.is_bulk:
            words = _("More than %(most)s rows: filter the list first.")
            return words % {"most": _grouped(CAP)} if self.count > CAP else ""
        words = _("Choose %(most)d rows at most.")
        return words % {"most": MOST_ROWS} if self.count > MOST_ROWS else ""

    def begun(self, request: HttpRequest) -> Job | None:
        """Return the job that this very confirmation has started already."""
        ticket = _ticket_of(request)
        return (
            Job.objects.filter(asked_by=_person(request), ticket=ticket).first() if ticket else None
        )

    def has_changed(self, request: HttpRequest) -> bool:
        """Whether the list has more or fewer rows than the page said that was confirmed."""
        return self.is_job and request.POST.get("expected") != str(self.count)

    def shown(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the confirmation says about the choice."""
        of_job = {"keys": self._keys(request)} if self.is_job else {}
        return {
            **of_job,
            "is_job": self.is_job,
            "is_across": _is_across(request) and self.is_job,
            "has_changed": "confirmed" in request.POST and self.has_changed(request),
            "all_count": self._all_count(request),
            "ticket": secrets.token_hex(16),
        }

    def _keys(self, request: HttpRequest) -> list[str]:
        """Return what was ticked; of a whole list one, without which Django does nothing."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        return ticked[:1] if _is_across(request) else ticked

    def _all_count(self, request: HttpRequest) -> int:
        """Return how many rows the list has, where a job could do them all."""
        if _is_across(request) or not self.verb.is_bulk:
            return 0
        listed = _count(self.page.get_changelist_instance(request).get_queryset(request))
        return listed if AT_ONCE < listed <= CAP and listed > self.count else 0


def start(
    request: HttpRequest, verb: Verb, choice: Choice, act: Act, form: VerbForm, *, back: str
) -> str:
    """Start the job; return the page to go to."""
    job = bulk_jobs.start(
        verb, choice.rows, total=choice.count, act=act, form=form, ticket=_ticket_of(request)
    )
    return page_for(request, job, back=back)


def page_for(request: HttpRequest, job: Job, *, back: str) -> str:
    if request.user.has_perm("backoffice.view_job"):
        return page_of([job])
    words = _("A job does it, row by row: %(job)s.") % {"job": job}
    messages.success(request, words)
    return back


def _count(rows: Any) -> int:
    return int(rows.order_by().values("pk")[: CAP + 1].count())


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def _is_across(request: HttpRequest) -> bool:
    return request.POST.get("select_across", "0") not in ("", "0")


def _ticket_of(request: HttpRequest) -> str:
    ticket = request.POST.get("ticket", "") if "confirmed" in request.POST else ""
    return ticket if len(ticket) == 32 else ""


def _person(request: HttpRequest) -> User | None:
    return Act.of(request.user).actor
