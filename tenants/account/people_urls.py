from django.urls import path

from tenants.account import people_views as views

urlpatterns = [
    path("", views.overview, name="account_people"),
    path("asking/<int:request_id>/", views.answer, name="account_join_request"),
    path("invite/", views.invite, name="account_invite"),
    path("<slug:key>/", views.change, name="account_person"),
    path("<slug:key>/resend/", views.resend, name="account_resend"),
    path("<slug:key>/give/", views.give, name="account_give"),
    path("<slug:key>/remove/", views.remove, name="account_remove"),
]
