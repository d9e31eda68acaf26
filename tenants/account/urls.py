from django.urls import include, path

from tenants.account import code_views, keys_views, views
from tenants.usage import views as usage_views

urlpatterns = [
    path("", views.overview, name="account"),
    path("", include("tenants.account.login_urls")),
    path("settings/", include("tenants.account.settings_urls")),
    path("people/", include("tenants.account.people_urls")),
    path("domains/", include("tenants.account.domains_urls")),
    path("redeem/", code_views.redeem, name="account_redeem"),
    path("redeem/check/", code_views.check, name="account_check_code"),
    path("keys/", keys_views.overview, name="account_keys"),
    path("keys/show/", keys_views.show, name="account_key_show"),
    path("keys/rotate/", keys_views.rotate, name="account_key_rotate"),
    path("keys/<int:key_id>/revoke/", keys_views.revoke, name="account_key_revoke"),
    path("usage/", usage_views.usage, name="account_usage"),
    path("usage/usage.csv", usage_views.usage_file, name="account_usage_file"),
]
