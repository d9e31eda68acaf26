"""What happens around every request."""

import logging
import re
import uuid
from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

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
