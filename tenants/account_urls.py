from django.urls import path

from tenants import account_code_views, account_login_views, account_views, usage_views

urlpatterns = [
    path("", account_views.overview, name="account"),
    path("redeem/", account_code_views.redeem, name="account_redeem"),
    path("redeem/check/", account_code_views.check, name="account_check_code"),
    path("usage/", usage_views.usage, name="account_usage"),
    path("usage/usage.csv", usage_views.usage_file, name="account_usage_file"),
    path("login/", account_login_views.sign_in, name="account_login"),
    path("login/code/", account_login_views.enter_code, name="account_code"),
    path("login/new-password/", account_login_views.replace_password, name="account_new_password"),
    path("logout/", account_login_views.sign_out, name="account_logout"),
]
