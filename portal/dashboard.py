"""The first page of the backoffice: few numbers, each a link to the list behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from backoffice.models import Job
from backoffice.paging import CAP, capped
from campaigns import alarms, rules
from campaigns.models import Batch, Campaign, Redemption
from marketplace import waiting
from tenants import dormancy, key_room, support
from tenants.drift import findings
from tenants.models import Message, SignUp, Tenant, TierPlan
from tenants.returned import suppression
from tenants.usage import admin as usage_admin

DAYS = 14
LATEST = 10


@dataclass(frozen=True)
class Tile:
    """One number: what it counts, a word on how, and the list behind it."""

    label: str
    number: str
    note: str
    url: str
    is_trouble: bool = False


def stage_badge(request: HttpRequest) -> list[str]:
    return [settings.STAGE, "danger" if settings.STAGE == "production" else "info"]


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what this person may see. None of its queries reads a whole table."""
    user = request.user
    tiles = [tile for right, make in _TILES if user.has_perm(right) for tile in make()]
    context.update(title=_("Dashboard"), as_of=timezone.localtime(), tiles=tiles)
    if user.has_perm("campaigns.view_redemption"):
        context.update(days=_redemptions_per_day(), redemptions=_latest_redemptions())
    if user.has_perm("backoffice.view_job"):
        unfinished = Job.objects.filter(state__in=(Job.State.WAITING, Job.State.RUNNING))
        context["jobs"] = list(unfinished[:5])
    return context


def _campaign_tiles() -> list[Tile]:
    """Counting the redeemed stops at CAP, and then the number of unused codes is a bound."""
    now = timezone.now()
    is_open = Q(state=Campaign.State.OPEN) & (Q(ends_at=None) | Q(ends_at__gt=now))
    is_active = is_open & (Q(starts_at=None) | Q(starts_at__lte=now))
    made = Batch.objects.filter(campaign=OuterRef("pk"), max_uses=1).order_by().values("campaign")
    single_use = Subquery(made.annotate(codes=Sum("count")).values("codes"))
    facts = Campaign.objects.annotate(single_use=single_use).aggregate(
        active=Count("pk", filter=is_active), codes=Sum("single_use")
    )
    used = Redemption.objects.filter(batch__max_uses=1, released_at=None).order_by()
    count = used.values("pk")[: CAP + 1].count()
    unused = max((facts["codes"] or 0) - count, 0)
    note = _("single-use codes of all campaigns, made and not redeemed")
    if count > CAP:
        note = _("single-use codes of all campaigns; fewer, as redeemed ones count to 10,000 only")
    return [
        Tile(
            _("Active campaigns"),
            _number(facts["active"]),
            _("open, within their dates"),
            _list("campaigns_campaign", "state__exact=open"),
        ),
        Tile(_("Codes unused"), _number(unused), note, _list("campaigns_batch")),
    ]


def _sign_up_tiles() -> list[Tile]:
    since = timezone.now() - timedelta(days=7)
    recent = SignUp.objects.filter(created_at__gte=since).order_by()
    count = capped(recent.values("pk")[: CAP + 1].count())
    return [Tile(_("Sign-ups"), count, _("in the last 7 days"), _list("tenants_signup"))]


def _customer_tiles() -> list[Tile]:
    """Only customers whose work is due are read, and they have an index."""
    new = Q(reconciled_at=None, stuck=False, state=Tenant.State.ACTIVE)
    facts = Tenant.objects.filter(reconciled_generation__lt=F("generation")).aggregate(
        new=Count("pk", filter=new),
        oldest=Min("created_at", filter=new),
        stuck=Count("pk", filter=Q(stuck=True)),
    )
    oldest = facts["oldest"]
    age = _("oldest: %(age)s") % {"age": timesince(oldest)} if oldest else _("none is waiting")
    return [
        Tile(
            _("Being set up"),
            _number(facts["new"]),
            age,
            _list("tenants_tenant", "status=setting_up"),
        ),
        Tile(
            _("Stuck customers"),
            _number(facts["stuck"]),
            _("somebody has to act") if facts["stuck"] else _("nothing to do"),
            _list("tenants_tenant", "status=stuck"),
            is_trouble=bool(facts["stuck"]),
        ),
    ]


def _silent_tiles() -> list[Tile]:
    silent = Tenant.objects.filter(dormancy.silent_for(dormancy.DAYS[0])).order_by()
    count = capped(silent.values("pk")[: CAP + 1].count())
    note = _("open, and no call for %d days") % dormancy.DAYS[0]
    url = _list("tenants_tenant", f"silent={dormancy.DAYS[0]}")
    return [Tile(_("Silent customers"), count, note, url)]


def _usage_tiles() -> list[Tile]:
    count = usage_admin.off_lately().order_by().values("pk")[: CAP + 1].count()
    note = _("days on which two counts differ") if count else _("nothing to do")
    url = _list("tenants_usageday", "difference=lately")
    return [Tile(_("Usage that differs"), capped(count), note, url, is_trouble=bool(count))]


def _alarm_tiles() -> list[Tile]:
    count = alarms.recent_alarms().order_by().values("pk")[: CAP + 1].count()
    note = _("many codes were refused, in the last day") if count else _("nothing to do")
    since = (timezone.now() - alarms.SHOWN).strftime("%Y-%m-%dT%H:%M:%SZ")
    url = _list("campaigns_refusalalarm", f"raised_at__gt={since}")
    return [Tile(_("Alarms"), capped(count), note, url, is_trouble=bool(count))]


def _mail_tiles() -> list[Tile]:
    stuck = Message.objects.filter(state=Message.State.STUCK).order_by()
    count = stuck.values("pk")[: CAP + 1].count()
    note = _("somebody has to act") if count else _("nothing to do")
    url = _list("tenants_message", "state__exact=stuck")
    return [Tile(_("Stuck mails"), capped(count), note, url, is_trouble=bool(count))]


def _address_tiles() -> list[Tile]:
    count = suppression.waiting().order_by().values("pk")[: CAP + 1].count()
    note = _("mail comes back, somebody has to look") if count else _("nothing to do")
    url = _list("tenants_suppressedaddress", "state=waiting")
    return [Tile(_("Addresses held back"), capped(count), note, url, is_trouble=bool(count))]


def _key_tiles() -> list[Tile]:
    found = key_room.room()
    note = _("of %(most)s that AWS allows") % {"most": _number(found.most)}
    if found.is_tight:
        note = _("of %(most)s that AWS allows: plan a second account") % {
            "most": _number(found.most)
        }
    url = _list("tenants_apikey")
    return [Tile(_("API keys"), _number(found.taken), note, url, is_trouble=found.is_tight)]


def _support_tiles() -> list[Tile]:
    waiting = support.waiting_requests().order_by()
    count = waiting.values("pk")[: CAP + 1].count()
    note = _("somebody cannot come in") if count else _("nothing to do")
    url = _list("tenants_supportrequest", "state__exact=waiting")
    return [Tile(_("Support requests"), capped(count), note, url, is_trouble=bool(count))]


def _marketplace_tiles() -> list[Tile]:
    count = waiting.count_waiting(timezone.now())
    note = _("AWS Marketplace: somebody has to look") if count else _("nothing to do")
    url = reverse("admin:marketplace_inbox")
    return [Tile(_("Marketplace inbox"), capped(count), note, url, is_trouble=bool(count))]


def _tier_tiles() -> list[Tile]:
    count = TierPlan.objects.filter(is_off=True).count()
    note = _("the gateway differs from the definition") if count else _("nothing to do")
    url = _list("tenants_tierplan")
    return [Tile(_("Tiers that differ"), _number(count), note, url, is_trouble=bool(count))]


def _drift_tiles() -> list[Tile]:
    count = findings.open_differences().order_by().values("pk")[: CAP + 1].count()
    note = _("AWS differs from the rows") if count else _("nothing to do")
    url = _list("tenants_difference", "state=open")
    if count and findings.gates_too_open().exists():
        note = _("a campaign's gate lets in too much")
        url = _list("tenants_difference", "state=open&kind__exact=open-gate")
    return [Tile(_("Drift"), capped(count), note, url, is_trouble=bool(count))]


_TILES: tuple[tuple[str, Callable[[], list[Tile]]], ...] = (
    ("campaigns.view_campaign", _campaign_tiles),
    ("campaigns.view_redemption", _alarm_tiles),
    ("tenants.view_signup", _sign_up_tiles),
    ("tenants.view_tenant", _customer_tiles),
    ("tenants.view_tenant", _silent_tiles),
    ("tenants.view_usageday", _usage_tiles),
    ("tenants.view_supportrequest", _support_tiles),
    ("tenants.view_message", _mail_tiles),
    ("tenants.view_suppressedaddress", _address_tiles),
    ("tenants.view_apikey", _key_tiles),
    ("tenants.repair_tierplan", _tier_tiles),
    ("tenants.repair_difference", _drift_tiles),
    ("marketplace.view_agreement", _marketplace_tiles),
)


def _redemptions_per_day() -> list[dict[str, Any]]:
    """One row a day, today first; `share` is the bar's length in percent of the best day."""
    today = timezone.localdate()
    first = timezone.localtime().replace(hour=0, minute=0, second=0) - timedelta(days=DAYS - 1)
    counted: dict[date, int] = dict(
        Redemption.objects.filter(redeemed_at__gte=first, released_at=None)
        .annotate(day=TruncDate("redeemed_at"))
        .values_list("day")
        .annotate(count=Count("pk"))
        .order_by()
    )
    most = max(counted.values(), default=0) or 1
    days = [today - timedelta(days=back) for back in range(DAYS)]
    return [
        {"day": day, "count": counted.get(day, 0), "share": 100 * counted.get(day, 0) // most}
        for day in days
    ]


def _latest_redemptions() -> list[dict[str, Any]]:
    rows = Redemption.objects.select_related("campaign")[:LATEST]
    return [{"row": row, "code": rules.masked(row.code, row.campaign.prefix)} for row in rows]


def _number(count: int) -> str:
    return f"{count:,}"


def _list(model: str, query: str = "") -> str:
    return reverse(f"admin:{model}_changelist") + (f"?{query}" if query else "")
