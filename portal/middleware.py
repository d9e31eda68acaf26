"""What happens around every request."""

import logging
import re
import uuid
from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.request import split_domain_port
from django.urls import reverse

from adapters.errors import TryLater
from backoffice.request_ids import current_request_id
from portal import views
from tenants.errors import TooMany

log = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestId:
    """Give each request an id: on error pages, in logs and in the audit trail."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_AMZN_TRACE_ID", "")
        request_id = given if re.fullmatch(r"[\w=;-]{8,36}", given) else str(uuid.uuid4())
        token = current_request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            current_request_id.reset(token)
        response["X-Request-Id"] = request_id
        return response


class TwoPolicyCSP(CSPMiddleware):
    """The admin's theme needs a looser policy than the pages that strangers see."""

    def get_policy_parts(self, request: Any, response: Any, report_only: bool = False) -> Any:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.config is None and request.path_info.startswith("/admin/"):
            parts.config = settings.CONTENT_SECURITY_POLICY_ADMIN
        return parts


class TwoHosts:
    """Where staff have a host name of their own, the backoffice is there and nowhere else.

    Its address names nobody but staff, and no page that strangers see shares an origin with it:
    neither cookies nor scripts of the one reach the other. Health is told on both.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer what the host has. Raises Http404 over the other host's pages."""
        if settings.STAFF_HOST and request.path_info not in _ON_BOTH_HOSTS:
            is_staffs = split_domain_port(request.get_host())[0] == settings.STAFF_HOST
            if is_staffs and request.path_info == "/":
                return HttpResponseRedirect(reverse("admin:index"))
            if is_staffs is not _is_backoffice(request.path_info):
                raise Http404
        return self.get_response(request)


_ON_BOTH_HOSTS = ("/healthz", "/readyz")


def _is_backoffice(path: str) -> bool:
    return path == "/admin" or path.startswith("/admin/")


class BusyPage:
    """AWS does not answer, or a stranger asks too often: a calm page, not a broken one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, TooMany):
            return views.limited(request)
        if not isinstance(error, TryLater):
            return None
        log.warning("busy: %s", error)
        if "application/json" in request.headers.get("Accept", ""):
            facts = {"valid": False, "reason": "try_later", "message": "", "tier": None}
            return JsonResponse(facts, status=503)
        return views.busy(request)
