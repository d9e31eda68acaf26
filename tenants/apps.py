from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from campaigns import rebuilding
        from tenants import funnel  # needs the models

        rebuilding.offer(funnel.fill_in)
