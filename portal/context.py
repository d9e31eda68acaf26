"""What every template may name."""

from django.conf import settings
from django.http import HttpRequest


def support(request: HttpRequest) -> dict[str, str | bool]:
    return {
        "support_address": settings.SUPPORT_ADDRESS,
        "stage": settings.STAGE,
        "open_registration": settings.OPEN_REGISTRATION,
    }
