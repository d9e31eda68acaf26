from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = _("Backoffice")

    def ready(self) -> None:
        from backoffice import audit_export, bulk_results  # need the models

        audit_export.register()
        bulk_results.register()
