from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        from campaigns import exports, generation, import_check, import_write  # need the models
        from campaigns.import_pages import offer_links

        for kind in (exports, generation, import_check, import_write):
            kind.register()
        offer_links()
