from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        # They need the models.
        from campaigns import (
            alarm_admin,
            analytics_pages,
            batch_admin,
            exports,
            generation,
            import_check,
            import_pages,
            import_write,
            rebuilding,
        )

        for kind in (exports, generation, import_check, import_write, rebuilding):
            kind.register()
        alarm_admin.offer_links()
        batch_admin.offer_links()
        analytics_pages.offer_links()
        import_pages.offer_links()
