"""Setting up an authenticator app, and a person's own page of it."""

import base64
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from backoffice.qr_codes import qr_code
from backoffice.sign_in import second_factors, sessions, totp
from backoffice.sign_in.forms import CodeForm, FirstCodeForm
from backoffice.sign_in.second_factors import CodeWrong, FactorLocked
from backoffice.sign_in.views import Door, page

ISSUER = "Gatehouse"
WRONG = gettext_lazy(
    "This code is not right. Look at the clock of the phone, and type the next one."
)


@Door
@never_cache
@sensitive_post_parameters("code")
def set_up(request: HttpRequest) -> HttpResponse:
    """The second step of somebody's first sign-in. The secret is in this page and nowhere else."""
    person = sessions.half_way(request)
    if person is None or second_factors.factor_of(person.user):
        return redirect("admin:login")
    form = FirstCodeForm(request.POST or None)
    if form.is_valid():
        try:
            factor, codes = second_factors.set_up(
                person.user, person.salt, form.cleaned_data["code"]
            )
        except CodeWrong:
            form.add_error("code", WRONG)
        else:
            sessions.come_in(request, person.user, factor)
            return _codes_page(request, codes, person.next)
    facts = _app_facts(person.user, person.salt)
    title = _("Set up your second factor")
    return page(request, "backoffice/second_factor_set_up.html", title, form=form, **facts)


@Door
@never_cache
@sensitive_post_parameters("code")
def own(request: HttpRequest) -> HttpResponse:
    """What a member of staff sees of their own second factor; new recovery codes for a code."""
    if not admin.site.has_permission(request) or not isinstance(request.user, User):
        return redirect("admin:login")
    factor = second_factors.factor_of(request.user)
    form = CodeForm(request.POST or None)
    if factor and form.is_valid():
        try:
            codes = second_factors.draw_recovery_codes(request.user, form.cleaned_data["code"])
        except CodeWrong:
            form.add_error("code", _("This code is not right, or was used already."))
        except FactorLocked:
            form.add_error("code", _("There were too many wrong codes. Wait an hour."))
        else:
            return _codes_page(request, codes, request.path)
    facts = {"factor": factor, "left": second_factors.codes_left(factor) if factor else 0}
    title = _("Your second factor")
    return page(request, "backoffice/second_factor.html", title, form=form, **facts)


def _codes_page(request: HttpRequest, codes: list[str], lead_to: str) -> HttpResponse:
    """Recovery codes are in the answer to this POST and in no other page."""
    title = _("Your recovery codes")
    return page(request, "backoffice/recovery_codes.html", title, codes=codes, lead_to=lead_to)


def _app_facts(user: User, salt: str) -> dict[str, Any]:
    secret = second_factors.secret_of(user, salt)
    key = totp.readable(secret)
    link = totp.address_of(secret, account=user.get_username(), issuer=ISSUER)
    return {
        "key": " ".join(key[start : start + 4] for start in range(0, len(key), 4)),
        "picture": "data:image/svg+xml;base64," + base64.b64encode(qr_code(link)).decode(),
    }
