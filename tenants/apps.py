from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from campaigns import rebuilding
        from tenants import funnel, tier_plans  # need the models

        rebuilding.offer(funnel.fill_in)
        tier_plans.register()
