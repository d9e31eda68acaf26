from django.urls import include, path

from tenants import account_code_views, account_views, usage_views

urlpatterns = [
    path("", account_views.overview, name="account"),
    path("", include("tenants.account_login_urls")),
    path("settings/", include("tenants.account_settings_urls")),
    path("people/", include("tenants.account_people_urls")),
    path("redeem/", account_code_views.redeem, name="account_redeem"),
    path("redeem/check/", account_code_views.check, name="account_check_code"),
    path("usage/", usage_views.usage, name="account_usage"),
    path("usage/usage.csv", usage_views.usage_file, name="account_usage_file"),
]
