"""A customer redeems a code for the account that they have."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from adapters.errors import TryLater
from backoffice.addresses import client_address
from campaigns import wording
from campaigns.errors import CodeMisspelled, CodeRefused
from tenants import limits, promotions
from tenants.account import overview, pages
from tenants.account.forms import RedeemForm
from tenants.account.sessions import MemberRequest, act_of, signed_in
from tenants.errors import NotPossible, TooMany
from tenants.models import Grant, Promotion


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(may="redeem code")
def redeem(request: MemberRequest) -> HttpResponse:
    """The form; posting it redeems the code, or says why it was refused unspent."""
    form = RedeemForm(request.POST or None)
    if not form.is_valid():
        return _page(request, form, 422 if form.errors else 200)
    address, now = client_address(request), timezone.now()
    try:
        limits.count("check", address, now)
        limits.count_outcome(address, refused=False, now=now)
        row = promotions.redeem_for(request.member, form.cleaned_data["code"], act_of(request))
    except CodeRefused as error:
        limits.count_outcome(address, refused=True, now=now)
        form.add_error("code", wording.sentence(wording.reason(error) or ""))
    except TooMany as error:
        form.add_error(None, wording.sentence(error.code))
    except NotPossible as error:
        form.add_error("code", str(error))
    except TryLater:
        form.add_error(None, _("We are busy at the moment. Send the form again in a minute."))
        return _page(request, form, 503)
    else:
        messages.success(request, _gained(row))
        return redirect("account")
    return _page(request, form, 422)


@require_POST
@signed_in(may="redeem code")
def check(request: MemberRequest) -> HttpResponse:
    """The live check: whether this account would gain by the code. It changes nothing."""
    address, now = client_address(request), timezone.now()
    typed = request.POST.get("code", "")[:100]
    facts: dict[str, object] = {"valid": False}
    try:
        limits.count("check", address, now)
        answer = promotions.check_for(request.member, typed)
        facts = {"valid": True, "message": wording.good(answer)}
    except CodeRefused as error:
        reason = wording.reason(error)
        facts |= {"reason": reason, "message": wording.sentence(reason or "")}
        if not isinstance(error, CodeMisspelled):
            limits.count_outcome(address, refused=True, now=now)
    except TooMany as error:
        facts |= {"reason": error.code, "message": wording.sentence(error.code)}
    except NotPossible as error:
        facts |= {"reason": error.code, "message": str(error)}
    return render(request, "tenants/_code_feedback.html", facts)


def _page(request: MemberRequest, form: RedeemForm, status: int) -> HttpResponse:
    context = {"form": form, **overview.overview_of(request.member)}
    return pages.page(request, "tenants/account/redeem.html", context, status)


def _gained(row: Promotion) -> str:
    """Say what the code gave, and from when."""
    grant = row.grant
    if grant is None:
        return _("The code was redeemed.")
    values = {"plan": grant.get_tier_display(), "start": _day(grant), "end": _end(grant)}
    if grant.starts_at > timezone.now():
        return _("The code was redeemed: %(plan)s from %(start)s %(end)s.") % values
    return _("The code was redeemed: you have %(plan)s now, %(end)s.") % values


def _day(grant: Grant) -> str:
    return timezone.localtime(grant.starts_at).strftime("%Y-%m-%d %H:%M %Z")


def _end(grant: Grant) -> str:
    if grant.ends_at is None:
        return _("without an end")
    return _("until %(end)s") % {
        "end": timezone.localtime(grant.ends_at).strftime("%Y-%m-%d %H:%M %Z")
    }
