"""The page on which staff find whoever quotes anything. A POST: a whole key is never in a URL."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from adapters.key_values import PATTERN
from tenants.finding import call_page, search
from tenants.finding.places import ACT, MOST
from tenants.finding.search import Hit
from tenants.models import Tenant

# Of less nothing but an id could be found.
FEWEST = 2


class FindForm(forms.Form):
    quoted = forms.CharField(
        label=gettext_lazy("What do they quote?"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "An e-mail address or its beginning, a company or a word of it, a domain, a promo code "
            "in any spelling, an API key: its last four or the whole of it, an AWS account, an "
            "agreement or licence, a request id from an error page or an answer of the API, or the "
            "id of anything."
        ),
    )


def find(request: HttpRequest) -> HttpResponse:
    """One customer is gone to straight away; several are listed with what matched."""
    if not request.user.has_perm("tenants.view_tenant"):
        raise PermissionDenied
    form = FindForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "title": _("Find a customer")}
    if form.is_valid():
        quoted = form.cleaned_data["quoted"]
        hits = search.hits_of(request, quoted)
        if len({_url(hit) for hit in hits}) == 1:
            return _go_to(request, hits[0])
        context |= {
            "lines": _lines(hits),
            "has_more": len(hits) >= MOST,
            "looked_for": search.looked_for(request, quoted),
            "is_short": len(quoted) < FEWEST,
            "call_form": None if hits else call_page.form_for(request, quoted),
        }
        if PATTERN.fullmatch(quoted.strip()):
            context["form"] = FindForm()
    return TemplateResponse(
        request, "backoffice/find.html", {**admin.site.each_context(request), **context}
    )


def without_key(request: HttpRequest) -> HttpResponse | None:
    """A whole key that came in an address is taken out of it; its hash finds the same."""
    typed = request.GET.get("q", "").strip()
    if not PATTERN.fullmatch(typed):
        return None
    query = request.GET.copy()
    query["q"] = hashlib.sha256(typed.encode()).hexdigest()
    return redirect(f"{request.path}?{query.urlencode()}")


def straight_to(request: HttpRequest, response: HttpResponse) -> HttpResponse | None:
    """Where a search of the list found one customer, and nobody filters, their page is meant."""
    shown = getattr(response, "context_data", None) or {}
    found: list[Any] = list(shown["cl"].result_list) if "cl" in shown else []
    if request.method != "GET" or set(request.GET) != {"q"} or len(found) != 1:
        return None
    messages.info(request, _("Found by %s") % found[0].found_by)
    return redirect("admin:tenants_tenant_change", found[0].pk)


def _go_to(request: HttpRequest, hit: Hit) -> HttpResponse:
    messages.info(request, _("Found by %s") % hit)
    return redirect(_url(hit))


def _url(hit: Hit) -> str:
    if hit.tenant_id:
        return reverse("admin:tenants_tenant_change", args=(hit.tenant_id,))
    if hit.kind == ACT:
        return f"{reverse('admin:backoffice_auditevent_changelist')}?{urlencode({'q': hit.row_id})}"
    return reverse("admin:tenants_signup_change", args=(uuid.UUID(hit.row_id),))


def _lines(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """A line for each customer, and for each sign-up that is nobody's, with all that matched."""
    ids = {hit.tenant_id for hit in hits if hit.tenant_id}
    companies = dict(Tenant.objects.filter(pk__in=ids).values_list("pk", "company"))
    lines: dict[str, dict[str, Any]] = {}
    for hit in hits:
        name = companies.get(hit.tenant_id) or _without_account(hit)
        line = lines.setdefault(_url(hit), {"url": _url(hit), "name": name, "hits": []})
        line["hits"].append(hit)
    return list(lines.values())


def _without_account(hit: Hit) -> str:
    if hit.kind == ACT:
        return _("Lines of the audit trail")
    return _("Sign-up of %s") % hit.said
