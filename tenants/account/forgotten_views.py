"""A forgotten password: the answer is the same for every address."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from backoffice.addresses import client_address
from tenants import limits, support
from tenants.account.forms import AddressForm
from tenants.errors import TooMany


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    form = AddressForm(request.POST or None)
    if not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "tenants/account/forgotten.html", {"form": form}, status=status)
    now, email = timezone.now(), form.cleaned_data["email"]
    limits.count("forgotten", client_address(request), now)
    # Whoever asks for an account again and again learns nothing by being told so.
    with suppress(TooMany):
        limits.count_request(email, now)
        support.ask_for_password(email, now)
    return redirect("account_asked")


@never_cache
@require_GET
def asked(request: HttpRequest) -> HttpResponse:
    return render(request, "tenants/account/asked.html")
