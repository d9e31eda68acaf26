from django.urls import path

from tenants import account_code_views, account_keys_views, account_login_views, account_views

urlpatterns = [
    path("", account_views.overview, name="account"),
    path("redeem/", account_code_views.redeem, name="account_redeem"),
    path("redeem/check/", account_code_views.check, name="account_check_code"),
    path("keys/", account_keys_views.overview, name="account_keys"),
    path("keys/show/", account_keys_views.show, name="account_key_show"),
    path("keys/rotate/", account_keys_views.rotate, name="account_key_rotate"),
    path("keys/<int:key_id>/revoke/", account_keys_views.revoke, name="account_key_revoke"),
    path("login/", account_login_views.sign_in, name="account_login"),
    path("login/code/", account_login_views.enter_code, name="account_code"),
    path("login/new-password/", account_login_views.replace_password, name="account_new_password"),
    path("logout/", account_login_views.sign_out, name="account_logout"),
]
