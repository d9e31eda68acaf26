"""The sidebar of the backoffice: what this person may open, and nothing else."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.paging import CappedCount, capped
from marketplace import waiting as marketplace_waiting
from tenants import support
from tenants.privacy import asking as erasures
from tenants.returned import suppression

_BELOW = {
    "tenants_tenant_changelist": ("/tenant/find/",),
    "tenants_message_changelist": ("/message/samples/",),
    "campaigns_redemption_changelist": ("/code-search/", "/analytics/"),
    "marketplace_agreement_changelist": ("/agreement/inbox/",),
}


class Item(NamedTuple):
    title: str
    icon: str
    view: str
    right: str
    # Of a page that is no model's: the room whose right it asks for.
    room: str = ""
    # What waits for somebody there: a number beside the title.
    waiting: Callable[[], QuerySet[Any]] | None = None


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    sections = {
        title: [item for item in items if _may(request, item)]
        for title, items in _sections().items()
    }
    numbers = _numbers(request, [item for items in sections.values() for item in items])
    return [
        {"title": title, "items": [_shown(request, item, numbers) for item in items]}
        for title, items in sections.items()
    ]


def _sections() -> dict[str, list[Item]]:
    return {
        _("Overview"): [Item(_("Dashboard"), "space_dashboard", "index", "")],
        _("Promotions"): [
            Item(_("Analytics"), "monitoring", "campaigns_analytics", "view_redemption"),
            Item(_("Campaigns"), "campaign", "campaigns_campaign_changelist", "view_campaign"),
            Item(_("Batches"), "inventory_2", "campaigns_batch_changelist", "view_batch"),
            Item(_("Imports"), "upload_file", "campaigns_codeimport_changelist", "view_codeimport"),
            Item(_("Redemptions"), "redeem", "campaigns_redemption_changelist", "view_redemption"),
            Item(_("Code search"), "manage_search", "campaigns_code_search", "view_redemption"),
            Item(
                _("Newsletters"),
                "newspaper",
                "tenants_newsletterconnection_changelist",
                "view_newsletterconnection",
            ),
            Item(
                _("Subscriptions"),
                "mark_email_read",
                "tenants_newslettersubscription_changelist",
                "view_newslettersubscription",
            ),
        ],
        _("Customers"): [
            Item(_("Find"), "person_search", "tenants_find", "view_tenant"),
            Item(_("Customers"), "apartment", "tenants_tenant_changelist", "view_tenant"),
            Item(_("People"), "group", "tenants_member_changelist", "view_member"),
            Item(_("Grants"), "workspace_premium", "tenants_grant_changelist", "view_grant"),
            Item(_("Domains"), "domain", "tenants_domain_changelist", "view_domain"),
            Item(_("API keys"), "key", "tenants_apikey_changelist", "view_apikey"),
            Item(_("Usage"), "data_usage", "tenants_usageday_changelist", "view_usageday"),
            Item(_("Quota alerts"), "speed", "tenants_quotaalert_changelist", "view_quotaalert"),
            Item(_("Sign-ups"), "how_to_reg", "tenants_signup_changelist", "view_signup"),
            Item(
                _("Limited visitors"),
                "front_hand",
                "tenants_limitedvisitor_changelist",
                "view_limitedvisitor",
            ),
            Item(
                _("Support requests"),
                "support_agent",
                "tenants_supportrequest_changelist",
                "view_supportrequest",
                waiting=support.waiting_requests,
            ),
            Item(
                _("Wishes to be erased"),
                "person_remove",
                "tenants_erasurerequest_changelist",
                "view_erasurerequest",
                waiting=erasures.waiting,
            ),
            Item(_("Mails"), "mail", "tenants_message_changelist", "view_message"),
            Item(_("Samples of mails"), "preview", "tenants_mail_samples", "preview_message"),
            Item(
                _("Addresses held back"),
                "unsubscribe",
                "tenants_suppressedaddress_changelist",
                "view_suppressedaddress",
                waiting=suppression.waiting,
            ),
        ],
        _("AWS Marketplace"): [
            Item(
                _("Inbox"),
                "inbox",
                "marketplace_inbox",
                "view_agreement",
                waiting=_waiting_at_marketplace,
            ),
            Item(
                _("Agreements"), "handshake", "marketplace_agreement_changelist", "view_agreement"
            ),
            Item(_("Notices"), "notifications", "marketplace_notice_changelist", "view_notice"),
            Item(
                _("Registrations"),
                "badge",
                "marketplace_registration_changelist",
                "view_registration",
            ),
            Item(
                _("Ledger"),
                "receipt_long",
                "marketplace_meteredhour_changelist",
                "view_meteredhour",
            ),
            Item(
                _("Searches"),
                "travel_explore",
                "marketplace_agreementsearch_changelist",
                "view_agreementsearch",
            ),
        ],
        _("Operations"): [
            Item(_("Jobs"), "hourglass_top", "backoffice_job_changelist", "view_job"),
            Item(_("Drift"), "difference", "tenants_difference_changelist", "view_difference"),
            Item(_("Tiers"), "stacked_bar_chart", "tenants_tierplan_changelist", "view_tierplan"),
            Item(_("Dead letters"), "unsubscribe", "dead_letters", "view_job", room="backoffice"),
            Item(_("Costs"), "payments", "costs", "view_costs", room="backoffice"),
            Item(
                _("Audit trail"), "history", "backoffice_auditevent_changelist", "view_auditevent"
            ),
        ],
        _("Staff"): [
            Item(_("People"), "group", "auth_user_changelist", "view_user"),
            Item(_("Roles"), "shield_person", "auth_group_changelist", "view_group"),
            Item(_("Locked names"), "lock", "axes_accessattempt_changelist", "view_accessattempt"),
        ],
    }


def _waiting_at_marketplace() -> QuerySet[Any]:
    return marketplace_waiting.rows(timezone.now())


def _numbers(request: HttpRequest, items: list[Item]) -> dict[str, int]:
    """What waits behind each item, by its view; in one query, because it is asked on every page."""
    counts = {item.view: CappedCount(item.waiting()) for item in items if item.waiting}
    if not counts:
        return {}
    person: QuerySet[Any] = User.objects.filter(username=request.user.get_username())
    numbers: dict[str, int] = person.values(**counts).get()
    return numbers


def _may(request: HttpRequest, item: Item) -> bool:
    room = item.room or item.view.partition("_")[0]
    return not item.right or request.user.has_perm(f"{room}.{item.right}")


def _shown(request: HttpRequest, item: Item, numbers: dict[str, int]) -> dict[str, Any]:
    link = reverse(item.view if item.room else f"admin:{item.view}")
    inside = request.path == link or (item.right and request.path.startswith(link))
    # Of pages that live below another one only one is where we are.
    is_other = any(page in request.path for page in _BELOW.get(item.view, ()))
    shown: dict[str, Any] = {
        "title": item.title,
        "icon": item.icon,
        "link": link,
        "active": lambda request: bool(inside) and not is_other,
    }
    if waiting := numbers.get(item.view):
        count = capped(waiting)
        shown |= {"badge": count, "badge_callback": count, "badge_variant": "warning"}
    return shown
