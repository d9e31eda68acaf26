from django.contrib import admin
from django.urls import include, path

from portal import api_reference, dead_letter_pages, health, views
from portal.costs import pages as cost_pages

urlpatterns = [
    path("", views.landing, name="landing"),
    path("", include("tenants.urls")),
    path("", include("marketplace.urls")),
    path("docs/api/", api_reference.reference, name="api_reference"),
    path("docs/api/problems", api_reference.problems, name="api_problems"),
    path("admin/dead-letters/", include(dead_letter_pages.urlpatterns)),
    path("admin/costs/", include(cost_pages.urlpatterns)),
    path("admin/", include("backoffice.sign_in.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

handler404 = "portal.views.not_found"
handler403 = "portal.views.forbidden"
handler500 = "portal.views.broken"
