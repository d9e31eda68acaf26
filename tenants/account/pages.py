"""The frame of the account's pages: whose it is, and where this person may go."""

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from tenants.account import rights as account_rights
from tenants.account.sessions import MemberRequest


class Item(NamedTuple):
    label: str
    view: str
    right: str


def page(
    request: MemberRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page that extends tenants/account/base.html. In it `member` is the person and `may`
    the rights that they have, with underscores: {% if may.change_keys %}."""
    frame = {
        "member": request.member,
        "tenant": request.member.tenant,
        "may": {
            right.replace(" ", "_"): account_rights.may(request.member, right)
            for right in account_rights.RIGHTS
        },
        "items": list(_shown(request)),
    }
    return render(request, template, {**frame, **context}, status=status)


def _items() -> list[Item]:
    return [
        Item(_("Overview"), "account", "see overview"),
        Item(_("Usage"), "account_usage", "see usage"),
        Item(_("Subscription"), "account_subscription", "see subscription"),
        Item(_("API keys"), "account_keys", "see keys"),
        Item(_("People"), "account_people", "see people"),
        Item(_("Domains"), "account_domains", "see domains"),
        Item(_("Settings"), "account_settings", "change own settings"),
    ]


def _shown(request: MemberRequest) -> Any:
    home = reverse("account")
    for item in _items():
        if not account_rights.may(request.member, item.right):
            continue
        try:
            link = reverse(item.view)
        except NoReverseMatch:
            continue
        is_here = request.path == link if link == home else request.path.startswith(link)
        yield {"label": item.label, "link": link, "is_here": is_here}
