"""The e-mail domains of the account: the owner proves them, rules who joins, lets them go."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from adapters.errors import TryLater
from campaigns import wording
from tenants.account import pages
from tenants.account.domains_forms import DomainForm, JoinRuleForm, MailboxForm
from tenants.account.sessions import MemberRequest, act_of, signed_in
from tenants.domains import claiming, holding, looking, looking_times
from tenants.errors import NotPossible, TooMany
from tenants.models import Domain, DomainClaim, Message

CHANGE = "change domains"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(may=CHANGE)
def overview(request: MemberRequest) -> HttpResponse:
    form = DomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            claim = claiming.claim(request.member, act_of(request), name=form.cleaned_data["name"])
            return redirect("account_claim", claim_id=claim.pk)
        except NotPossible as error:
            form.add_error("name", str(error))
    tenant = request.member.tenant
    context = {
        "form": form,
        "domains": [
            (row, looking_times.released_at(row)) for row in tenant.domains.filter(released_at=None)
        ],
        "claims": tenant.claims.filter(state=DomainClaim.State.WAITING),
    }
    status = 422 if form.errors else 200
    return pages.page(request, "tenants/account/domains.html", context, status)


@require_GET
@signed_in(may="see domains")
def prove(request: MemberRequest, claim_id: int) -> HttpResponse:
    """What to do for a proof, and how far it is."""
    claim = _claim(request, claim_id)
    return _claim_page(request, claim, MailboxForm(claim))


@require_POST
@signed_in(may=CHANGE)
def look(request: MemberRequest, claim_id: int) -> HttpResponse:
    claim = _claim(request, claim_id)
    try:
        claiming.look_now(claim)
    except NotPossible as error:
        messages.error(request, str(error))
    return redirect("account_claim", claim_id=claim.pk)


@require_POST
@signed_in(may=CHANGE)
def send_link(request: MemberRequest, claim_id: int) -> HttpResponse:
    claim = _claim(request, claim_id)
    form = MailboxForm(claim, request.POST)
    status = 422
    if form.is_valid():
        try:
            claiming.send_link(claim, act_of(request), mailbox=form.cleaned_data["mailbox"])
        except TooMany as error:
            form.add_error(None, wording.sentence(error.code))
        except NotPossible as error:
            form.add_error(None, str(error))
        except TryLater:
            form.add_error(None, _("We are busy at the moment. Send the form again in a minute."))
            status = 503
        else:
            return redirect("account_claim", claim_id=claim.pk)
    return _claim_page(request, claim, form, status)


@require_POST
@signed_in(may=CHANGE)
def withdraw(request: MemberRequest, claim_id: int) -> HttpResponse:
    claim = _claim(request, claim_id)
    claiming.withdraw(claim, act_of(request))
    words = _("%(domain)s is no longer being proved. A record of ours in its DNS may go.")
    messages.success(request, words % {"domain": claim.name})
    return redirect("account_domains")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(may=CHANGE)
def change(request: MemberRequest, domain_id: int) -> HttpResponse:
    """One domain: who joins by it, and letting it go."""
    row = _domain(request, domain_id)
    form = JoinRuleForm(request.POST or None, initial={"rule": row.rule})
    if request.method == "POST" and form.is_valid():
        try:
            holding.change_rule(row, act_of(request), rule=form.cleaned_data["rule"])
            messages.success(
                request, _("The rule of %(domain)s is changed.") % {"domain": row.name}
            )
            return redirect("account_domains")
        except NotPossible as error:
            form.add_error(None, str(error))
    context = {
        "domain": row,
        "form": form,
        "record": looking.record_of(row) if row.token else "",
        "until": looking_times.released_at(row),
    }
    status = 422 if form.errors else 200
    return pages.page(request, "tenants/account/domain.html", context, status)


@require_POST
@signed_in(may=CHANGE)
def release(request: MemberRequest, domain_id: int) -> HttpResponse:
    row = _domain(request, domain_id)
    try:
        holding.release(row, act_of(request))
        messages.success(request, _("%(domain)s is released.") % {"domain": row.name})
    except NotPossible as error:
        messages.error(request, str(error))
    return redirect("account_domains")


def _claim(request: MemberRequest, claim_id: int) -> DomainClaim:
    """Look among this customer's own alone."""
    return get_object_or_404(DomainClaim, pk=claim_id, tenant=request.member.tenant)


def _domain(request: MemberRequest, domain_id: int) -> Domain:
    return get_object_or_404(Domain, pk=domain_id, tenant=request.member.tenant, released_at=None)


def _claim_page(
    request: MemberRequest, claim: DomainClaim, form: MailboxForm, status: int = 200
) -> HttpResponse:
    if "HX-Request" in request.headers and claim.state != DomainClaim.State.WAITING:
        # A part of a page would be put in place of the part that asked.
        return HttpResponse(headers={"HX-Refresh": "true"})
    if claim.state == DomainClaim.State.PROVED:
        held = Domain.objects.filter(tenant=claim.tenant, name=claim.name, released_at=None).first()
        if held:
            return redirect("account_domain", domain_id=held.pk)
    context: dict[str, Any] = {
        "claim": claim,
        "form": form,
        "record": looking.record_of(claim),
        "below": f"{looking.BELOW}{claim.name}",
        "is_looking": _is_looking(claim),
        "mail": Message.objects.filter(domain_claim=claim, kind=Message.Kind.DOMAIN_LINK).first(),
    }
    return pages.page(request, "tenants/account/claim.html", context, status)


def _is_looking(claim: DomainClaim) -> bool:
    """Whether an answer comes within seconds: a look is due, or it saw the record a moment ago."""
    is_due = claim.look_at is not None and claim.look_at <= timezone.now()
    return is_due or (claim.looked_at is not None and not claim.found)
