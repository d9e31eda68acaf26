"""The staff page of costs: a scenario or numbers of one's own, the estimate, and what drives it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from adapters.definitions import definition
from backoffice.roles import VIEW_COSTS
from portal.costs.estimating import estimate, inputs_of, scenarios

MOST = 1e15


class ScenarioForm(forms.Form):
    """The assumptions of a scenario, each of which may be another number."""

    scenario = forms.ChoiceField(
        label=gettext_lazy("Scenario"),
        choices=lambda: list(scenarios().items()),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for name, about in definition("costs")["inputs"].items():
            self.fields[name] = forms.FloatField(
                label=capfirst(about),
                required=False,
                min_value=0,
                max_value=MOST,
                widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
            )


@require_safe
def costs(request: HttpRequest) -> HttpResponse:
    """Without numbers it is the first scenario. The address of the page carries the choice."""
    if not request.user.has_perm(VIEW_COSTS):
        raise PermissionDenied
    content = definition("costs")
    first = next(iter(content["scenarios"]))
    form = ScenarioForm(request.GET if "scenario" in request.GET else {"scenario": first})
    inputs, status = inputs_of(first), 422
    if form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if value is not None}
        inputs, status = inputs_of(given.pop("scenario")) | given, 200
    context = {
        **admin.site.each_context(request),
        "title": _("Costs"),
        "form": form,
        "inputs": [(about, inputs[name]) for name, about in content["inputs"].items()],
        "estimate": estimate(inputs),
        "all": [(label, estimate(inputs_of(name)), name) for name, label in scenarios().items()],
        "facts": content["facts"],
        "prices": [
            (name, each, f"{each['price']:.10f}".rstrip("0").rstrip("."))
            for name, each in content["prices"].items()
        ],
        "region": content["region"],
        "currency": content["currency"],
        "as_of": content["as_of"],
    }
    return TemplateResponse(request, "backoffice/costs.html", context, status=status)


urlpatterns = [path("", admin.site.admin_view(costs), name="costs")]
