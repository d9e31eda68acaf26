from django.contrib import admin
from django.urls import include, path

from portal import health, views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("", include("tenants.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

handler404 = "portal.views.not_found"
handler403 = "portal.views.forbidden"
handler500 = "portal.views.broken"
