"""How staff come in: the password or single sign-on, then a code of their authenticator app."""

from typing import Any
from urllib.parse import urlencode

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_credentials, get_lockout_response
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from unfold.forms import AuthenticationForm

from backoffice.sign_in import second_factors, sessions
from backoffice.sign_in.forms import CodeForm
from backoffice.sign_in.second_factors import CodeWrong, FactorLocked

Door = require_http_methods(["GET", "POST"])


@method_decorator(never_cache, name="dispatch")
class SignIn(LoginView):
    """The first step. Only whoever has no second factor, where none is wanted, is in after it."""

    template_name = "backoffice/sign_in.html"
    authentication_form = AuthenticationForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if admin.site.has_permission(request):
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = page_context(self.request, _("Sign in"))
        if settings.STAFF_OIDC_ISSUER:
            asked = urlencode({self.redirect_field_name: self.get_success_url()})
            facts["provider"] = settings.STAFF_OIDC_NAME
            facts["provider_url"] = f"{reverse('staff_provider')}?{asked}"
        return super().get_context_data(**kwargs) | facts

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user: User = form.get_user()
        return go_on(self.request, user, lead_to=self.get_success_url())


def go_on(
    request: HttpRequest, user: User, *, lead_to: str, has_given_all: bool = False
) -> HttpResponse:
    """Lead to the second step, or inside if there is none for this person on this stage, or the
    provider has asked for it already."""
    if has_given_all:
        sessions.come_in(request, user, sessions.PROVIDERS)
        return redirect(lead_to)
    has_factor = second_factors.factor_of(user) is not None
    if not has_factor and not second_factors.is_wanted():
        sessions.come_in(request, user, None)
        return redirect(lead_to)
    sessions.begin(request, user, lead_to=lead_to)
    return redirect("staff_login_code" if has_factor else "staff_login_set_up")


@Door
@never_cache
@sensitive_post_parameters("code")
def give_code(request: HttpRequest) -> HttpResponse:
    """The second step. Wrong codes count as wrong passwords do, and lock the name out like them."""
    person = sessions.half_way(request)
    if person is None or second_factors.factor_of(person.user) is None:
        return redirect("admin:login")
    credentials = get_credentials(username=person.user.get_username())
    if not AxesProxyHandler.is_allowed(request, credentials):
        locked: HttpResponse = get_lockout_response(request, credentials=credentials)
        return locked
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            factor = second_factors.check(person.user, form.cleaned_data["code"])
        except CodeWrong:
            AxesProxyHandler.user_login_failed(give_code, credentials, request)
            form.add_error("code", _("This code is not right, or was used already."))
        except FactorLocked:
            words = _("There were too many wrong codes. Wait an hour, or ask an administrator.")
            form.add_error("code", words)
        else:
            sessions.come_in(request, person.user, factor)
            return redirect(person.next)
    return page(request, "backoffice/sign_in_code.html", _("Your second factor"), form=form)


def page(request: HttpRequest, template: str, title: str, **facts: Any) -> HttpResponse:
    form = facts.get("form")
    status = 422 if form is not None and form.errors else 200
    context = {**page_context(request, title), **facts}
    return TemplateResponse(request, template, context, status=status)


def page_context(request: HttpRequest, title: str) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "app_path": request.get_full_path(),
        "sign_in": reverse("admin:login"),
    }
