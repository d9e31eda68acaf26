"""What waits for somebody of the staff: one question for each kind, each of a few indexed rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.paging import CAP
from marketplace.folding import GOES_ON, KNOWN_ENDS
from marketplace.metering import alarms
from marketplace.models import (
    Agreement,
    AgreementSearch,
    MeteredHour,
    Metering,
    Notice,
    Registration,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = str | Promise

# AWS's notices come within minutes as a rule, and a buyer fills in a form as fast.
PATIENCE = timedelta(hours=1)
SUCCESSION = timedelta(hours=6)
ENDING = timedelta(days=30)
# Of each kind the page shows so many; the list behind it has the others.
SHOWN = 20


@dataclass(frozen=True)
class Kind:
    """One kind of thing that waits. `since` returns from when on a row does."""

    name: str
    title: StrOrPromise
    to_do: StrOrPromise
    rows: Callable[[datetime], QuerySet[Any]]
    since: Callable[[Any], datetime | None]
    is_danger: bool = False


@dataclass(frozen=True)
class Waiting:
    """A kind and its rows, the oldest first; `more` says that there are others."""

    kind: Kind
    lines: list[tuple[Any, datetime | None]]
    more: bool


def what_waits(now: datetime) -> Iterator[Waiting]:
    """Only the kinds of which something waits."""
    for kind in KINDS:
        rows = list(kind.rows(now)[: SHOWN + 1])
        if rows:
            lines = [(row, kind.since(row)) for row in rows[:SHOWN]]
            yield Waiting(kind, lines, len(rows) > SHOWN)


def rows(now: datetime) -> QuerySet[Any]:
    """The keys of all lines that wait, of any kind: to be counted."""
    first, *others = (kind.rows(now).order_by().values("pk") for kind in KINDS)
    return first.union(*others, all=True)


def count_waiting(now: datetime) -> int:
    """Return how many lines wait, in one query that stops at CAP + 1."""
    return rows(now)[: CAP + 1].count()


def is_advisory_open(agreement: Agreement) -> bool:
    since, decided = agreement.advisory_since, agreement.advisory_decided_at
    return since is not None and (decided is None or decided < since)


def _not_seen(began: str, shift: timedelta = timedelta()) -> Q:
    """Of what staff said they know, only what began later waits again."""
    return Q(seen_at=None) | Q(seen_at__lt=F(began) - shift)


def _agreements(where: Q, order: str = "pk") -> QuerySet[Agreement]:
    return Agreement.objects.filter(where).select_related("tenant").order_by(order)


def _advisories(now: datetime) -> QuerySet[Agreement]:
    undecided = Q(advisory_decided_at=None) | Q(advisory_decided_at__lt=F("advisory_since"))
    return _agreements(Q(advisory_since__isnull=False) & undecided, "advisory_since")


def _in_trouble(now: datetime) -> QuerySet[Agreement]:
    return _agreements(~Q(trouble=""))


def _searches_in_trouble(now: datetime) -> QuerySet[AgreementSearch]:
    return AgreementSearch.objects.exclude(trouble="").order_by("pk")


def _notices_in_trouble(now: datetime) -> QuerySet[Notice]:
    """What nobody can read, and what staff have seen, has a line of its own or none."""
    stuck = Notice.objects.exclude(trouble="")
    return stuck.filter(state__in=(Notice.State.WAITING, Notice.State.APPLIED)).order_by("pk")


def _notices_waiting(now: datetime) -> QuerySet[Notice]:
    late = Q(received_at__lt=now - PATIENCE, state=Notice.State.WAITING, trouble="")
    return Notice.objects.filter(late).order_by("received_at")


def _unknown_notices(now: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(state=Notice.State.UNKNOWN).order_by("pk")


def _unreadable_notices(now: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(state=Notice.State.UNREADABLE).order_by("pk")


def _active_alone() -> Q:
    return Q(state=Agreement.State.ACTIVE, tenant=None)


def _is_unknown_product() -> Q:
    return ~Q(product_code__in=["", *settings.MARKETPLACE_PRODUCTS])


def _unknown_products(now: datetime) -> QuerySet[Agreement]:
    """Nobody can register for one, so these are among the agreements without a customer."""
    where = _active_alone() & _is_unknown_product() & _not_seen("created_at")
    return _agreements(where, "created_at")


def _unregistered(now: datetime) -> QuerySet[Agreement]:
    late = _active_alone() & Q(created_at__lt=now - PATIENCE) & ~_is_unknown_product()
    return _agreements(late & _not_seen("created_at"), "created_at")


def _unconfirmed(now: datetime) -> QuerySet[Agreement]:
    """Somebody came with a token, and AWS has not said that the agreement holds."""
    came = Registration.objects.filter(agreement=OuterRef("pk"))
    late = Q(state=Agreement.State.PENDING, created_at__lt=now - PATIENCE)
    return _agreements(late & Exists(came) & _not_seen("created_at"), "created_at")


def _without_successor(now: datetime) -> QuerySet[Agreement]:
    active = Agreement.objects.filter(state=Agreement.State.ACTIVE)
    named = active.filter(previous_agreement_id=OuterRef("agreement_id"))
    same = {name: OuterRef(name) for name in ("account_id", "product_code")}
    of_the_same_buyer = active.exclude(account_id="").filter(**same, pk__gt=OuterRef("pk"))
    late = Q(
        state=Agreement.State.ENDED, ended_as__in=sorted(GOES_ON), ended_at__lt=now - SUCCESSION
    )
    where = late & Q(tenant__isnull=False) & ~Exists(named) & ~Exists(of_the_same_buyer)
    return _agreements(where & _not_seen("ended_at"), "ended_at")


def _odd_ends(now: datetime) -> QuerySet[Agreement]:
    odd = Q(state=Agreement.State.ENDED) & ~Q(ended_as__in=sorted(KNOWN_ENDS))
    return _agreements(odd & _not_seen("ended_at"), "ended_at")


def _ending(now: datetime) -> QuerySet[Agreement]:
    """One that renews by itself needs nobody, and one past its date waits for AWS's word."""
    soon = Q(state=Agreement.State.ACTIVE, ends_at__gt=now, ends_at__lte=now + ENDING)
    stays = Q(auto_renews=None) | Q(auto_renews=False)
    return _agreements(soon & stays & _not_seen("ends_at", ENDING), "ends_at")


def _lost_usage(now: datetime) -> QuerySet[MeteredHour]:
    rows = alarms.lost().filter(seen_at=None)
    return rows.select_related("agreement__tenant").order_by("hour")


def _late_usage(now: datetime) -> QuerySet[MeteredHour]:
    return alarms.late(now).select_related("agreement__tenant").order_by("deadline_at")


def _metering_refused(now: datetime) -> QuerySet[Metering]:
    return Metering.objects.exclude(trouble="").order_by("pk")


KINDS: tuple[Kind, ...] = (
    Kind(
        "metering-refused",
        _("AWS takes no usage from us"),
        _("Nothing is billed by use meanwhile. Mend the cause: it is tried every 15 minutes."),
        _metering_refused,
        lambda row: row.paused_until,
        is_danger=True,
    ),
    Kind(
        "usage-late",
        _("Usage near its deadline"),
        _("AWS has not accepted it yet. Its page says why; it is tried until the deadline."),
        _late_usage,
        lambda row: row.deadline_at,
        is_danger=True,
    ),
    Kind(
        "usage-lost",
        _("Usage that is lost"),
        _("It is not billed, or not as it was counted. Its page says why, and what can be done."),
        _lost_usage,
        lambda row: row.hour,
        is_danger=True,
    ),
    Kind(
        "advisory",
        _("AWS suspects something"),
        _("Access goes on. Look at the customer, then decide: keep or suspend."),
        _advisories,
        lambda row: row.advisory_since,
        is_danger=True,
    ),
    Kind(
        "trouble",
        _("Agreements that are stuck"),
        _("Read the trouble, mend its cause, then have AWS asked anew."),
        _in_trouble,
        lambda row: row.updated_at,
        is_danger=True,
    ),
    Kind(
        "search-trouble",
        _("Searches for agreements that fail"),
        _("An agreement that nobody tells us of is not found meanwhile. Mend the cause, search."),
        _searches_in_trouble,
        lambda row: row.searched_at,
        is_danger=True,
    ),
    Kind(
        "notice-trouble",
        _("Notices that could not be applied"),
        _("Read the trouble, mend its cause, then apply the notice again."),
        _notices_in_trouble,
        lambda row: row.received_at,
        is_danger=True,
    ),
    Kind(
        "notice-waiting",
        _("Notices that nobody has applied for an hour"),
        _("Look whether the worker runs. The sweep takes them up by itself."),
        _notices_waiting,
        lambda row: row.received_at,
        is_danger=True,
    ),
    Kind(
        "unknown-product",
        _("Product codes that no listing of ours has"),
        _("Add the listing to MARKETPLACE_PRODUCTS, or tell operations that it leads here."),
        _unknown_products,
        lambda row: row.created_at,
        is_danger=True,
    ),
    Kind(
        "without-successor",
        _("Renewed or replaced, and nothing follows"),
        _("The old grant goes on meanwhile. Have AWS asked, or attach the new agreement."),
        _without_successor,
        lambda row: row.ended_at,
    ),
    Kind(
        "unregistered",
        _("Bought, and nobody has registered"),
        _("The buyer pays and has no account: write to them, or attach it to their account."),
        _unregistered,
        lambda row: row.created_at,
    ),
    Kind(
        "unconfirmed",
        _("Registered, and AWS has not confirmed"),
        _("The buyer waits. Have AWS asked; if it knows nothing, ask the buyer to subscribe."),
        _unconfirmed,
        lambda row: row.created_at,
    ),
    Kind(
        "unknown-notice",
        _("Notices of a new kind, or that name no agreement"),
        _("Nothing was done because of it. Read it, act if need be, then mark it as seen."),
        _unknown_notices,
        lambda row: row.received_at,
    ),
    Kind(
        "unreadable-notice",
        _("Notices that nobody can read"),
        _("Nothing was done because of it. Read it, then mark it as seen."),
        _unreadable_notices,
        lambda row: row.received_at,
    ),
    Kind(
        "odd-end",
        _("Ended by a word that we do not know"),
        _("Access has ended. Make sure of it at AWS, then mark it as seen."),
        _odd_ends,
        lambda row: row.ended_at,
    ),
    Kind(
        "ending",
        _("Ending within 30 days"),
        _("It does not renew by itself, as far as we know: ask the customer in time."),
        _ending,
        lambda row: row.ends_at,
    ),
)
