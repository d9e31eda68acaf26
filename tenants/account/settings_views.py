"""Settings of the account: news, password, authenticator app, closing."""

import base64
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.qr_codes import qr_code
from tenants.account import pages, proofs, security, sessions
from tenants.account import settings as account_settings
from tenants.account.forms import AuthenticatorForm, ChangePasswordForm, CloseForm, ProofForm
from tenants.account.sessions import MemberRequest, act_of, signed_in
from tenants.errors import NotPossible

OWN = "change own settings"
FORM = ["GET", "HEAD", "POST"]


@require_GET
@signed_in(may=OWN)
def overview(request: MemberRequest) -> HttpResponse:
    context = {
        "has_authenticator": security.has_authenticator(request.member),
        "opted_out": account_settings.opted_out(request.member),
    }
    return pages.page(request, "tenants/account/settings.html", context)


@require_POST
@signed_in(may=OWN)
def newsletter(request: MemberRequest) -> HttpResponse:
    wanted = request.POST.get("wanted") == "yes"
    account_settings.choose_newsletter(request.member, act_of(request), wanted=wanted)
    done = _("You get product news by e-mail.") if wanted else _("You get no product news.")
    messages.success(request, done)
    return redirect("account_settings")


@require_http_methods(FORM)
@signed_in(may=OWN)
def password(request: MemberRequest) -> HttpResponse:
    form = ChangePasswordForm(request.POST or None)
    if not form.is_valid():
        return _form_page(request, "password", form)
    given = form.cleaned_data
    try:
        proofs.count(request)
        since = security.change_password(
            request.member,
            act_of(request),
            old=given["present"],
            new=given["password"],
            code=given["code"],
        )
    except proofs.REFUSALS as error:
        return _again(request, "password", form, error)
    proofs.forget(request)
    sessions.begin(request, request.member, since=since)
    messages.success(request, _("Your password is changed. Other browsers are signed out."))
    return redirect("account_settings")


@require_http_methods(FORM)
@signed_in(may=OWN)
def authenticator(request: MemberRequest) -> HttpResponse:
    """The first step: the password, and the answer shows the secret, once."""
    form = ProofForm(request.POST or None)
    if not form.is_valid():
        return _form_page(request, "authenticator", form)
    try:
        proofs.count(request)
        secret = security.draw_secret(request.member, form.cleaned_data["present"])
    except proofs.REFUSALS as error:
        return _again(request, "authenticator", form, error)
    context: dict[str, Any] = {
        "secret": secret,
        "grouped": _grouped(secret),
        "picture": _picture(request, secret),
    }
    return _form_page(request, "authenticator_code", AuthenticatorForm(), **context)


@require_POST
@signed_in(may=OWN)
def add_authenticator(request: MemberRequest) -> HttpResponse:
    """The second step: a code of the app. The secret is in the app by now, and not in this form."""
    form = AuthenticatorForm(request.POST)
    if not form.is_valid():
        return _form_page(request, "authenticator_code", form)
    given, act = form.cleaned_data, act_of(request)
    try:
        proofs.count(request)
        security.add_authenticator(request.member, given["present"], given["code"], act)
    except proofs.REFUSALS as error:
        return _again(request, "authenticator_code", form, error)
    proofs.forget(request)
    messages.success(request, _("From the next sign-in on we ask for a code of your app."))
    return redirect("account_settings")


@require_http_methods(FORM)
@signed_in(may=OWN)
def remove_authenticator(request: MemberRequest) -> HttpResponse:
    form = AuthenticatorForm(request.POST or None)
    if not form.is_valid():
        return _form_page(request, "authenticator_remove", form)
    given, act = form.cleaned_data, act_of(request)
    try:
        proofs.count(request)
        security.remove_authenticator(request.member, given["present"], given["code"], act)
    except proofs.REFUSALS as error:
        return _again(request, "authenticator_remove", form, error)
    proofs.forget(request)
    messages.success(request, _("We ask for no code any more."))
    return redirect("account_settings")


@require_http_methods(FORM)
@signed_in(may="close account")
def close(request: MemberRequest) -> HttpResponse:
    form = CloseForm(request.POST or None)
    bill = {"pays_at_aws": account_settings.pays_at_aws(request.member.tenant)}
    if not form.is_valid():
        return _form_page(request, "close", form, **bill)
    if status := proofs.refusal(request, form):
        return _form_page(request, "close", form, status=status, **bill)
    try:
        account_settings.close_account(
            request.member, act_of(request), typed=form.cleaned_data["company"]
        )
    except NotPossible as error:
        form.add_error("company", str(error))
        return _form_page(request, "close", form, **bill)
    sessions.forget(request)
    return render(request, "tenants/account/closed.html")


def _again(request: MemberRequest, name: str, form: Any, error: Exception) -> HttpResponse:
    return _form_page(request, name, form, status=proofs.explain(form, error))


def _form_page(
    request: MemberRequest, name: str, form: Any, *, status: int = 200, **context: Any
) -> HttpResponse:
    if form.errors and status == 200:
        status = 422
    proofs.ask_for_code(request, form)
    template = f"tenants/account/{name}.html"
    return pages.page(request, template, {"form": form, **context}, status)


def _grouped(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _picture(request: MemberRequest, secret: str) -> str:
    """Return the QR code that apps read, as an address that holds the whole picture."""
    name = quote(f"Gatehouse:{request.member.email}")
    link = f"otpauth://totp/{name}?{urlencode({'secret': secret, 'issuer': 'Gatehouse'})}"
    return "data:image/svg+xml;base64," + base64.b64encode(qr_code(link)).decode()
