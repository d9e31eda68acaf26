"""Sign-up, progress and welcome: forms in, one service call, a page out."""

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from adapters.errors import TryLater
from backoffice.addresses import client_address
from campaigns import redemptions, wording
from campaigns.eligibility import Customer
from campaigns.errors import CodeMisspelled, CodeRefused
from campaigns.links import UTM, cleaned
from campaigns.redemptions import Answer
from tenants import confirm_views, limits, signups
from tenants.errors import TooMany
from tenants.forms import SignUpForm
from tenants.joining import asking as joining
from tenants.models import SignUp
from tenants.registering import asking


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """The form; posting it redeems the code, so whoever loses a race gets the form again."""
    if request.method != "POST":
        return render(
            request, "tenants/signup.html", {"form": SignUpForm(initial=_origin(request))}
        )
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return render(request, "tenants/signup.html", {"form": form}, status=422)
    address, now = client_address(request), timezone.now()
    try:
        limits.count("sign-up", address, now)
        limits.count_e_mail(form.cleaned_data["email"], now)
        limits.count_outcome(address, refused=False, now=now)
        row = signups.sign_up(form.wish(), form_key=form.cleaned_data["form_key"])
    except CodeRefused as error:
        limits.count_outcome(address, refused=True, now=now)
        form.add_error("code", wording.sentence(wording.reason(error) or ""))
    except TooMany as error:
        form.add_error(None, wording.sentence(error.code))
    except TryLater:
        # What was typed stays, and sending the same form again cannot sign up twice.
        form.add_error(None, _("We are busy at the moment. Send the form again in a minute."))
        return render(request, "tenants/signup.html", {"form": form}, status=503)
    else:
        return redirect("progress", sign_up_id=row.pk)
    return render(request, "tenants/signup.html", {"form": form}, status=422)


def _origin(request: HttpRequest) -> dict[str, str]:
    """What the link says of where the visitor comes from; the form carries it on."""
    return {name: cleaned(request.GET[name]) for name in UTM if name in request.GET}


@csrf_exempt
@never_cache
@require_POST
def check_code(request: HttpRequest) -> HttpResponse:
    """The live check. A POST, because a code must not be in a URL; it changes nothing."""
    status, tier = 200, None
    try:
        answer = _checked(request)
        reason = wording.reason(answer.refusal)
        tier = answer.gate.tier if answer.gate else None
        message = wording.sentence(reason) if reason else wording.good(answer)
    except TooMany as error:
        status, reason, message = 429, error.code, wording.sentence(error.code)
    facts = {"valid": reason is None, "reason": reason, "message": message, "tier": tier}
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(facts, status=status)
    # htmx swaps successful answers only, and a limit is an answer that people must see.
    return render(request, "tenants/_code_feedback.html", facts)


def _checked(request: HttpRequest) -> Answer:
    """A misspelled code costs no read and does not count: typing it again teaches nothing."""
    typed, address, now = (
        request.POST.get("code", "")[:100],
        client_address(request),
        timezone.now(),
    )
    try:
        redemptions.parse(typed)
    except CodeMisspelled as error:
        return Answer(error)
    limits.count("check", address, now)
    answer = redemptions.check_code(typed, now=now, customer=_customer(request))
    limits.count_outcome(address, refused=answer.refusal is not None, now=now)
    return answer


def _customer(request: HttpRequest) -> Customer | None:
    """Who asks, as far as their domain goes; whether they are known is not asked for a stranger."""
    email = request.POST.get("email", "")[:150].strip().casefold()
    return Customer(email) if "@" in email else None


@never_cache
@require_GET
def progress(request: HttpRequest, sign_up_id: uuid.UUID) -> HttpResponse:
    """How the sign-up is going. The id is a random UUID and shows nothing but this."""
    row = get_object_or_404(SignUp.objects.select_related("tenant"), pk=sign_up_id)
    if asking.awaits_code(row):
        return redirect("register_code", sign_up_id=row.pk)
    waited = (timezone.now() - row.created_at).total_seconds()
    context = {
        "sign_up": row,
        "status": signups.status(row),
        "is_slow": waited > 60,
        "is_held_back": signups.is_held_back(row),
        "may_go_on": confirm_views.may_go_on(request, row),
        "asked": joining.request_of(row),
        "may_found": request.session.get(confirm_views.SIGN_UP) == str(row.pk),
        "support": settings.SUPPORT_ADDRESS,
    }
    part = "tenants/_progress.html" if request.htmx else "tenants/progress.html"  # type: ignore[attr-defined]
    return render(request, part, context)
