from django.urls import path

from tenants.account import people_views as views

urlpatterns = [
    path("", views.overview, name="account_people"),
    path("invite/", views.invite, name="account_invite"),
    path("<slug:key>/", views.change, name="account_person"),
    path("<slug:key>/resend/", views.resend, name="account_resend"),
    path("<slug:key>/remove/", views.remove, name="account_remove"),
]
