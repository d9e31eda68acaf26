"""The first page of the backoffice."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def stage_badge(request: HttpRequest) -> list[str]:
    return [settings.STAGE, "danger" if settings.STAGE == "production" else "info"]


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    return context
