from django.urls import path

from tenants.account import data_views
from tenants.account import settings_views as views

urlpatterns = [
    path("", views.overview, name="account_settings"),
    path("news/", views.newsletter, name="account_news"),
    path("password/", views.password, name="account_password"),
    path("authenticator/", views.authenticator, name="account_authenticator"),
    path("authenticator/code/", views.add_authenticator, name="account_authenticator_code"),
    path("authenticator/remove/", views.remove_authenticator, name="account_authenticator_remove"),
    path("data/", data_views.overview, name="account_data"),
    path("data/export/", data_views.export, name="account_data_export"),
    path("data/download/", data_views.download, name="account_data_download"),
    path("data/erasure/", data_views.erasure, name="account_data_erasure"),
    path("close/", views.close, name="account_close"),
]
