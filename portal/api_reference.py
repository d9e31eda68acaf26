"""The reference of the API for people, rendered from the same definition as everything else."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from adapters.definitions import definition
from adapters.openapi import problems_of
from portal.api_examples import examples_of, pretty
from portal.api_schemas import choices_of, fields_of, kind_of, limits_of
from tenants.account.sessions import member_of

Row = dict[str, Any]


@require_safe
@cache_control(private=True)
def reference(request: HttpRequest) -> HttpResponse:
    member = member_of(request)
    context = {
        "about": definition("api"),
        "routes": [_route(route) for route in definition("api")["routes"]],
        "problem": list(fields_of(definition("api")["models"]["Problem"])),
        "tiers": list(_tiers()),
        "api_url": settings.API_URL,
        "identity_url": settings.IDENTITY_URL,
        "client_id": settings.USER_POOL_CLIENT_ID,
        "email": member.email if member else "you@example.com",
        "member": member,
    }
    return render(request, "portal/api_reference.html", context)


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """Explain every code. Each problem's `type` is the address of this page and its code."""
    entries = sorted(_problems(), key=lambda entry: (entry["status"], entry["code"]))
    groups = [
        (status, list(found)) for status, found in groupby(entries, key=lambda e: e["status"])
    ]
    return render(request, "portal/api_problems.html", {"groups": groups})


def _route(route: Row) -> Row:
    models, answer = definition("api")["models"], route["answer"]
    body = models[route["body"]] if "body" in route else None
    return {
        "id": f"{route['method']}{route['path']}".lower().replace("/", "-").replace(".", "-"),
        "method": route["method"],
        "path": route["path"],
        "summary": route["summary"],
        "description": route["description"],
        "is_public": route.get("public", False),
        "permission": route.get("permission"),
        "parameters": [_parameter(parameter) for parameter in route.get("parameters", [])],
        "body": list(fields_of(body)) if body else [],
        "choices": choices_of(body) if body else [],
        "answer": list(fields_of(models[answer["model"]])),
        "answer_example": pretty(answer["example"]) if "example" in answer else "",
        "examples": examples_of(route, settings.API_URL),
        "problems": [
            {"code": code, **definition("problems")["problems"][code]}
            for code, _detail in problems_of(route)
        ],
    }


def _parameter(parameter: Row) -> Row:
    return {
        "name": parameter["name"],
        "place": {"header": _("header"), "path": _("path"), "query": _("query")}[parameter["in"]],
        "is_required": parameter["required"],
        "description": parameter["description"],
        "kind": kind_of(parameter["schema"]),
        "limits": ", ".join(limits_of(parameter["schema"])),
    }


def _problems() -> Iterator[Row]:
    api = definition("api")
    met = [
        (f"{route['method']} {route['path']}", dict(problems_of(route))) for route in api["routes"]
    ]
    of_gateway = {answer["problem"] for answer in api["gateway_responses"].values()}
    for code, entry in definition("problems")["problems"].items():
        yield {
            "code": code,
            **entry,
            "is_of_the_gateway": code in of_gateway,
            "calls": [call for call, codes in met if code in codes],
        }


def _tiers() -> Iterator[tuple[str, list[Any]]]:
    """Return each limit with its value in every tier; the first line has the tiers' names."""
    tiers = list(definition("tiers").values())
    yield "", [tier["label"] for tier in tiers]
    yield _("Calls a second"), [tier["rate"] for tier in tiers]
    yield _("Calls at once"), [tier["burst"] for tier in tiers]
    yield from _quotas(tiers)
    for limit in (name for name in tiers[0] if name.startswith("max_")):
        yield _limits().get(limit, limit), [tier[limit] for tier in tiers]


def _quotas(tiers: list[Row]) -> Iterator[tuple[str, list[Any]]]:
    periods = {"DAY": _("Calls a day"), "WEEK": _("Calls a week"), "MONTH": _("Calls a month")}
    for period, words in periods.items():
        quotas = [tier["quota"] for tier in tiers]
        if any(quota["period"] == period for quota in quotas):
            yield words, [q["limit"] if q["period"] == period else "" for q in quotas]


def _limits() -> dict[str, str]:
    return {
        "max_variables": _("Variables"),
        "max_reads": _("Reads"),
        "max_sweeps": _("Sweeps"),
        "max_seconds": _("Seconds of time_limit"),
    }
