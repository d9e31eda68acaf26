from django.urls import path

from tenants.account import domains_views as views

urlpatterns = [
    path("", views.overview, name="account_domains"),
    path("<int:domain_id>/", views.change, name="account_domain"),
    path("<int:domain_id>/release/", views.release, name="account_domain_release"),
    path("proving/<int:claim_id>/", views.prove, name="account_claim"),
    path("proving/<int:claim_id>/look/", views.look, name="account_claim_look"),
    path("proving/<int:claim_id>/mail/", views.send_link, name="account_claim_mail"),
    path("proving/<int:claim_id>/withdraw/", views.withdraw, name="account_claim_withdraw"),
]
