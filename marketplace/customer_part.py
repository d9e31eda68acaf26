"""What staff see of a customer's agreements on the customer's page, and when they came and went."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Coalesce
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

# As it is called in the audit trail (registering.py).
_TOLD = ("register subscription",)
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
    entries = tuple(_entries(rows))
    return Part("backoffice/_customer_agreements.html", {"lines": lines}, entries, tells=_TOLD)


def _agreements(tenant: Tenant) -> list[Agreement]:
    return list(Agreement.objects.filter(tenant=tenant)[:MOST_AGREEMENTS])


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
        yield from _came_and_went(row)
    by_id = {row.pk: row for row in rows}
    for agreement_id, at, kind, who in _told(rows):
        yield _told_entry(by_id[agreement_id], at, kind, who)


def _told(rows: list[Agreement]) -> Iterable[tuple[int, datetime, str, str]]:
    """Registrations and advisories, each once: AWS tells each party, so one advisory may be
    several notices."""
    registered = Registration.objects.filter(agreement__in=rows, finished_at__isnull=False).exclude(
        sign_up=None, attached_by=None
    )
    advisories = Notice.objects.filter(
        agreement__in=rows, kind__in=_ADVISORIES, occurred_at__isnull=False
    )
    return _columns(
        registered,
        at="finished_at",
        kind=Value("", output_field=CharField()),
        who=Coalesce("sign_up__email", "attached_by__email"),
    ).union(
        _columns(
            advisories,
            at="occurred_at",
            kind=F("kind"),
            who=Value("", output_field=CharField()),
        )
    )


def _columns(rows: QuerySet[Any], *, at: str, kind: Any, who: Any) -> QuerySet[Any, Any]:
    newest = rows.model.objects.filter(pk__in=rows.order_by("-pk").values("pk")[:MOST])
    columns = {"told_at": F(at), "told_kind": kind, "told_who": who}
    told: QuerySet[Any, Any] = newest.order_by().annotate(**columns)
    return told.values_list("agreement_id", *columns)


def _told_entry(row: Agreement, at: datetime, kind: str, who: str) -> Entry:
    if kind == Kind.ADVISORY_ISSUED:
        return _entry(row, at, _("AWS issued an advisory"), "danger")
    if kind:
        return _entry(row, at, _("AWS took its advisory back"))
    return _entry(row, at, _("%s registered") % who)


def _came_and_went(row: Agreement) -> Iterator[Entry]:
    began_at = row.starts_at or row.accepted_at
    if began_at and began_at <= timezone.now() and row.state != Agreement.State.PENDING:
        yield _entry(row, began_at, _("Agreement active"), "success")
    if row.ended_at:
        how = _("Agreement ended: %s") % wording.end_in_words(row.ended_as)
        yield _entry(row, row.ended_at, how, "warning")


def _entry(row: Agreement, at: datetime, what: str, colour: str = "info") -> Entry:
    return Entry(at, _("AWS Marketplace"), what, f"{title_of(row)}, {row}", colour)
