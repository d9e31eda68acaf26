from django.urls import path

from backoffice.sign_in import provider_views, second_factor_views, views

urlpatterns = [
    # Before the admin's own page of this address, which knows no second factor.
    path("login/", views.SignIn.as_view(), name="staff_login"),
    path("login/code/", views.give_code, name="staff_login_code"),
    path("login/set-up/", second_factor_views.set_up, name="staff_login_set_up"),
    path("login/provider/", provider_views.go, name="staff_provider"),
    path("login/provider/back/", provider_views.come_back, name="staff_provider_back"),
    path("second-factor/", second_factor_views.own, name="staff_second_factor"),
]
