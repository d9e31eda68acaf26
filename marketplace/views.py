"""From AWS Marketplace to an account: the POST of AWS, our own address, the form."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from adapters.errors import TryLater
from backoffice.addresses import client_address
from campaigns import wording
from marketplace import buyer_pages, registering, registration_links
from marketplace.errors import AgreementTaken, RegistrationOver
from marketplace.forms import RegistrationForm
from marketplace.hand_over import read_hand_over
from marketplace.models import Registration
from marketplace.refusals import REFUSALS, refuse
from tenants import limits
from tenants.account import sessions
from tenants.errors import TooMany

REGISTRATION = "marketplace_registration"
SIGN_UP = "marketplace_sign_up"


@csrf_exempt
@never_cache
@sensitive_post_parameters()
def register(request: HttpRequest) -> HttpResponse:
    """Take the buyer over from AWS. A session must not be touched here: AWS's form brings no cookie
    of ours along, so a new one would sign out whoever is signed in."""
    if request.method != "POST":
        return _how_to_come(request)
    try:
        limits.count("hand-over", client_address(request), timezone.now())
        row = registering.begin(read_hand_over(request))
    except REFUSALS as error:
        return refuse(request, error)
    signed = registration_links.sign(row, registration_links.AT_ONCE)
    return HttpResponse(
        status=303, headers={"Location": reverse("open_registration", args=[signed])}
    )


@never_cache
@require_GET
def open_registration(request: HttpRequest, signed: str) -> HttpResponse:
    """Move the registration from the address bar into the session, which stays whose it is."""
    limits.count("link", client_address(request), timezone.now())
    try:
        row = registration_links.read(signed)
    except RegistrationOver as error:
        return refuse(request, error)
    request.session[REGISTRATION] = row.pk.hex
    request.session.pop(SIGN_UP, None)
    return redirect("registration")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def registration(request: HttpRequest) -> HttpResponse:
    """The form; whose subscription has an account already is led to its sign-in."""
    if SIGN_UP in request.session:
        return redirect("progress", sign_up_id=request.session[SIGN_UP])
    try:
        row = registration_links.find(request.session.get(REGISTRATION, ""))
    except RegistrationOver as error:
        return refuse(request, error)
    if registering.is_taken(row.agreement):
        return _taken(request, row)
    form = RegistrationForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, row, form, 422 if form.is_bound else 200)
    return _register(request, row, form)


def _register(request: HttpRequest, row: Registration, form: RegistrationForm) -> HttpResponse:
    now = timezone.now()
    try:
        limits.count("sign-up", client_address(request), now)
        limits.count_e_mail(form.cleaned_data["email"], now)
        sign_up = registering.register(row, form.wish(), form_key=form.cleaned_data["form_key"])
    except AgreementTaken:
        return _taken(request, registration_links.find(row.pk.hex))
    except TooMany as error:
        form.add_error(None, wording.sentence(error.code))
        return _page(request, row, form, 422)
    except TryLater:
        form.add_error(None, _("We are busy at the moment. Send the form again in a minute."))
        return _page(request, row, form, 503)
    request.session[SIGN_UP] = str(sign_up.pk)
    return redirect("progress", sign_up_id=sign_up.pk)


def _page(
    request: HttpRequest, row: Registration, form: RegistrationForm, status: int
) -> HttpResponse:
    context = {"form": form, **_facts(request, row)}
    return render(request, "marketplace/registration.html", context, status=status)


def _taken(request: HttpRequest, row: Registration) -> HttpResponse:
    context = {"owners": registering.owners_of(row.agreement), **_facts(request, row)}
    status = 409 if request.method == "POST" else 200
    return render(request, "marketplace/taken.html", context, status=status)


def _facts(request: HttpRequest, row: Registration) -> dict[str, Any]:
    signed = registration_links.sign(row, registration_links.SIGNING_IN)
    return {
        "registration": row,
        "bought": buyer_pages.bought_of(row.agreement),
        "signed_in": sessions.member_of(request),
        "attach": reverse("open_attach", args=[signed]),
        **buyer_pages.frame(),
    }


def _how_to_come(request: HttpRequest) -> HttpResponse:
    """Somebody typed the address, or a program tries another verb."""
    is_read = request.method in ("GET", "HEAD")
    response = render(
        request, "marketplace/how_to_come.html", buyer_pages.frame(), status=200 if is_read else 405
    )
    if not is_read:
        response["Allow"] = "GET, HEAD, POST"
    return response
