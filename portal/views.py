"""The landing page and the pages for when something is wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from backoffice.request_ids import current_request_id


def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/landing.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _trouble(request, "404.html", 404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _trouble(request, "403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _trouble(request, "portal/form_expired.html", 403)


def busy(request: HttpRequest) -> HttpResponse:
    response = _trouble(request, "portal/busy.html", 503)
    response["Retry-After"] = "60"
    return response


def limited(request: HttpRequest) -> HttpResponse:
    response = _trouble(request, "portal/limited.html", 429)
    response["Retry-After"] = "60"
    return response


def broken(request: HttpRequest) -> HttpResponse:
    return _trouble(request, "500.html", 500)


def _trouble(request: HttpRequest, template: str, status: int) -> HttpResponse:
    is_of_staff = request.path.startswith(reverse("admin:index"))
    context = {"request_id": current_request_id.get(), "is_of_staff": is_of_staff}
    return render(request, template, context, status=status)
