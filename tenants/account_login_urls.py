from django.urls import path

from tenants import account_forgotten_views, account_hosted_views, account_login_views

urlpatterns = [
    path("login/", account_login_views.sign_in, name="account_login"),
    path("login/code/", account_login_views.enter_code, name="account_code"),
    path("login/new-password/", account_login_views.replace_password, name="account_new_password"),
    path("login/hosted/", account_hosted_views.go, name="account_hosted"),
    path("login/hosted/back/", account_hosted_views.come_back, name="account_hosted_back"),
    path("forgotten/", account_forgotten_views.ask, name="account_forgotten"),
    path("forgotten/asked/", account_forgotten_views.asked, name="account_asked"),
    path("logout/", account_login_views.sign_out, name="account_logout"),
]
