"""What staff see of a customer's agreements on the customer's page, and when they came and went."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.marketplace_notices import Kind
from marketplace import wording
from marketplace.buyer_pages import bought_of, title_of
from marketplace.folding import GOES_ON
from marketplace.models import Agreement, Notice, Registration
from tenants.customer_parts import Part
from tenants.models import Tenant
from tenants.timeline import MOST, Entry

# The list behind the page has the others.
MOST_AGREEMENTS = 20

_ADVISORIES = (Kind.ADVISORY_ISSUED, Kind.ADVISORY_RESOLVED)


@dataclass(frozen=True)
class Line:
    """One agreement. `state` is a word with the class `colour`; `how` says the rest of it."""

    agreement: Agreement
    title: str
    plan: str
    state: str
    colour: str
    how: str
    since: datetime | None
    until: datetime | None
    billed: str

    @property
    def billing_source(self) -> str:
        """As access names who pays."""
        return f"agreement:{self.agreement.source_name}"


def part_of(request: HttpRequest, tenant: Tenant) -> Part | None:
    """Return nothing for a customer who bought nothing, as most who came by a code."""
    if not request.user.has_perm("marketplace.view_agreement"):
        return None
    rows = _agreements(tenant)
    if not rows:
        return None
    lines = sorted(map(_line, rows), key=lambda line: line.agreement.state == "ended")
    return Part("backoffice/_customer_agreements.html", {"lines": lines}, tuple(_entries(rows)))


def _agreements(tenant: Tenant) -> list[Agreement]:
    who = Registration.objects.select_related("sign_up", "attached_by")
    rows = Agreement.objects.filter(tenant=tenant).prefetch_related(Prefetch("registrations", who))
    return list(rows[:MOST_AGREEMENTS])


def _line(row: Agreement) -> Line:
    return Line(
        agreement=row,
        title=title_of(row),
        plan=bought_of(row).plan,
        state=str(row.get_state_display()),
        colour=_colour(row),
        how=wording.end_in_words(row.ended_as) if row.ended_as else "",
        since=row.starts_at or row.accepted_at,
        until=row.ended_at or row.ends_at,
        billed=wording.billed_in_words(row),
    )


def _colour(row: Agreement) -> str:
    if row.state == Agreement.State.ENDED:
        return "info" if row.ended_as in GOES_ON else "warning"
    return "success" if row.state == Agreement.State.ACTIVE else "info"


def _entries(rows: list[Agreement]) -> Iterator[Entry]:
    for row in rows:
        yield from _registered(row)
        yield from _came_and_went(row)
    yield from _advisories(rows)


def _registered(row: Agreement) -> Iterator[Entry]:
    for one in row.registrations.all():
        person = one.sign_up or one.attached_by
        if person and one.finished_at:
            yield _entry(row, one.finished_at, _("%s registered") % person.email)


def _came_and_went(row: Agreement) -> Iterator[Entry]:
    began_at = row.starts_at or row.accepted_at
    if began_at and began_at <= timezone.now() and row.state != Agreement.State.PENDING:
        yield _entry(row, began_at, _("Agreement active"), "success")
    if row.ended_at:
        how = _("Agreement ended: %s") % wording.end_in_words(row.ended_as)
        yield _entry(row, row.ended_at, how, "warning")


def _advisories(rows: list[Agreement]) -> Iterable[Entry]:
    """AWS tells each party, so one advisory may be several notices."""
    told = Notice.objects.filter(agreement__in=rows, kind__in=_ADVISORIES)
    newest = told.defer("body").select_related("agreement").order_by("-occurred_at")[:MOST]
    once = {(each.agreement_id, each.kind, each.occurred_at): each for each in newest}
    for notice in once.values():
        is_issued = notice.kind == Kind.ADVISORY_ISSUED
        words = _("AWS issued an advisory") if is_issued else _("AWS took its advisory back")
        if notice.agreement and notice.occurred_at:
            colour = "danger" if is_issued else "info"
            yield _entry(notice.agreement, notice.occurred_at, words, colour)


def _entry(row: Agreement, at: datetime, what: str, colour: str = "info") -> Entry:
    return Entry(at, _("AWS Marketplace"), what, f"{title_of(row)}, {row}", colour)
