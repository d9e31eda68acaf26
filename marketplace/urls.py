from django.urls import path

from marketplace import account_views, views

urlpatterns = [
    path("marketplace/register/", views.register, name="marketplace_register"),
    path("marketplace/registration/", views.registration, name="registration"),
    path(
        "marketplace/registration/<str:signed>/", views.open_registration, name="open_registration"
    ),
    path("account/subscription/", account_views.subscription, name="account_subscription"),
    path("account/subscription/attach/", account_views.attach, name="attach"),
    path(
        "account/subscription/attach/<str:signed>/", account_views.open_attach, name="open_attach"
    ),
]
