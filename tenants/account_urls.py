from django.urls import include, path

from tenants import account_code_views, account_keys_views, account_views, usage_views

urlpatterns = [
    path("", account_views.overview, name="account"),
    path("", include("tenants.account_login_urls")),
    path("settings/", include("tenants.account_settings_urls")),
    path("people/", include("tenants.account_people_urls")),
    path("redeem/", account_code_views.redeem, name="account_redeem"),
    path("redeem/check/", account_code_views.check, name="account_check_code"),
    path("keys/", account_keys_views.overview, name="account_keys"),
    path("keys/show/", account_keys_views.show, name="account_key_show"),
    path("keys/rotate/", account_keys_views.rotate, name="account_key_rotate"),
    path("keys/<int:key_id>/revoke/", account_keys_views.revoke, name="account_key_revoke"),
    path("usage/", usage_views.usage, name="account_usage"),
    path("usage/usage.csv", usage_views.usage_file, name="account_usage_file"),
]
