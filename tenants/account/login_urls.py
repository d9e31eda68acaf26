from django.urls import path

from tenants.account import forgotten_views, hosted_views, login_views

urlpatterns = [
    path("login/", login_views.sign_in, name="account_login"),
    path("login/code/", login_views.enter_code, name="account_code"),
    path("login/new-password/", login_views.replace_password, name="account_new_password"),
    path("login/hosted/", hosted_views.go, name="account_hosted"),
    path("login/hosted/back/", hosted_views.come_back, name="account_hosted_back"),
    path("forgotten/", forgotten_views.ask, name="account_forgotten"),
    path("forgotten/asked/", forgotten_views.asked, name="account_asked"),
    path("logout/", login_views.sign_out, name="account_logout"),
]
