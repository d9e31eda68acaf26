from django.urls import include, path

from tenants import confirm_views, views, welcome_views
from tenants.domains import link_views
from tenants.registering import views as register_views

urlpatterns = [
    path("account/", include("tenants.account.urls")),
    path("signup/", views.sign_up, name="signup"),
    path("signup/check-code/", views.check_code, name="check_code"),
    path("signup/confirm/", confirm_views.confirm, name="confirm"),
    path("signup/confirm/<str:token>/", confirm_views.open_confirmation, name="open_confirmation"),
    path("signup/<uuid:sign_up_id>/", views.progress, name="progress"),
    path("signup/<uuid:sign_up_id>/password/", confirm_views.go_on, name="go_on"),
    path("register/", register_views.register, name="register"),
    path("register/<uuid:sign_up_id>/", register_views.code, name="register_code"),
    path(
        "register/<uuid:sign_up_id>/another-code/",
        register_views.another_code,
        name="register_another_code",
    ),
    path("domains/confirm/", link_views.decide, name="domain_link"),
    path("domains/confirm/<str:token>/", link_views.open_link, name="open_domain_link"),
    path("register/<uuid:sign_up_id>/own/", register_views.own_account, name="own_account"),
    path("register/own/<str:token>/", register_views.open_own_account, name="open_own_account"),
    path("welcome/", welcome_views.choose_password, name="welcome"),
    path("welcome/key/", welcome_views.show_key, name="show_key"),
    path("welcome/new-link/", welcome_views.send_new_link, name="new_link"),
    path("welcome/<str:token>/", welcome_views.open_link, name="open_link"),
]
