"""A customer's subscriptions in their account, and tying another one to it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from marketplace import buyer_pages, registering, registration_links, subscriptions
from marketplace.errors import AgreementTaken, RegistrationOver
from marketplace.models import Registration
from tenants.account import pages, rights
from tenants.account.sessions import MemberRequest, act_of, signed_in
from tenants.usage import page as usage_page

ATTACHING = "marketplace_attaching"


@require_GET
@signed_in(may="see subscription")
def subscription(request: MemberRequest) -> HttpResponse:
    context = {
        "subscriptions_of_tenant": subscriptions.of_tenant(request.member.tenant),
        "usage": usage_page.summary_of(request.member.tenant),
        **buyer_pages.frame(),
    }
    return pages.page(request, "marketplace/account/subscription.html", context)


@require_GET
@signed_in(may="see subscription")
def open_attach(request: MemberRequest, signed: str) -> HttpResponse:
    """Move the registration out of the address bar."""
    try:
        request.session[ATTACHING] = registration_links.read(signed).pk.hex
    except RegistrationOver:
        request.session.pop(ATTACHING, None)
    return redirect("attach")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(may="see subscription")
def attach(request: MemberRequest) -> HttpResponse:
    """Ask first: whose account, which subscription. Only an owner may."""
    try:
        row = registration_links.find(request.session.get(ATTACHING, ""))
    except RegistrationOver:
        return _page(request, {"why": "over"}, 410)
    agreement = row.agreement
    if agreement.tenant_id == request.member.tenant_id:
        return redirect("account_subscription")
    if registering.is_taken(agreement):
        return _page(request, {"why": "taken"}, 409)
    if not rights.may(request.member, "attach subscription"):
        owners = request.member.tenant.members.filter(role="owner", left_at=None)
        return _page(request, {"why": "owners", "owners": owners}, 403)
    if request.method == "POST":
        return _attach(request, row)
    return _page(request, {"bought": buyer_pages.bought_of(agreement), "registration": row}, 200)


def _attach(request: MemberRequest, row: Registration) -> HttpResponse:
    try:
        registering.attach(row, request.member, act_of(request))
    except AgreementTaken:
        return _page(request, {"why": "taken"}, 409)
    request.session.pop(ATTACHING, None)
    messages.success(request, _("The subscription is part of this account now."))
    return redirect("account_subscription")


def _page(request: MemberRequest, context: dict[str, Any], status: int) -> HttpResponse:
    template = "marketplace/account/attach.html"
    return pages.page(request, template, {**context, **buyer_pages.frame()}, status)
