"""How the backoffice looks and what leads where in it: what django-unfold asks of the settings."""

from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Gatehouse",
    "SITE_HEADER": "Gatehouse",
    "SITE_SUBHEADER": _("Backoffice"),
    "SITE_URL": lambda request: f"{settings.PORTAL_URL}/" if settings.STAFF_HOST else "/",
    "SITE_SYMBOL": "door_open",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "portal.dashboard.stage_badge",
    "ACCOUNT": {
        "navigation": [
            {"title": _("Second factor"), "link": reverse_lazy("staff_second_factor")},
        ]
    },
    "DASHBOARD_CALLBACK": "portal.dashboard.fill",
    "STYLES": [lambda request: static("admin.css")],
    "SCRIPTS": [lambda request: static("find.js")],
    # The green of the public pages (static/site.css).
    "COLORS": {
        "primary": {
            "50": "#ecfdf5",
            "100": "#d1fae5",
            "200": "#a7f3d0",
            "300": "#6ee7b7",
            "400": "#5fd0ac",
            "500": "#1a9470",
            "600": "#0b6e53",
            "700": "#095c46",
            "800": "#074a38",
            "900": "#06382b",
            "950": "#03231a",
        },
    },
    # Searching every model would read every table; this reads a few rows of those of most use.
    "COMMAND": {
        "search_models": False,
        "search_callback": "tenants.command_search.find",
        "show_history": False,
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "portal.navigation.groups",
    },
}
