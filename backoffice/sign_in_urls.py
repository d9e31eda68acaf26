from django.urls import path

from backoffice import second_factor_views, sign_in_views

urlpatterns = [
    # Before the admin's own page of this address, which knows no second factor.
    path("login/", sign_in_views.SignIn.as_view(), name="staff_login"),
    path("login/code/", sign_in_views.give_code, name="staff_login_code"),
    path("login/set-up/", second_factor_views.set_up, name="staff_login_set_up"),
    path("second-factor/", second_factor_views.own, name="staff_second_factor"),
]
