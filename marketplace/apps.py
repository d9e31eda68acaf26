from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    verbose_name = _("AWS Marketplace")

    def ready(self) -> None:
        from marketplace import admin, inbox, looking, mails, searching
        from marketplace.metering import alarms, running
        from tenants import mail, sweep

        sweep.offer_step("notices", inbox.take_notices)
        sweep.offer_step("searches for agreements", searching.search_due)
        sweep.offer_step("agreements", looking.look_at_due)
        sweep.offer_step("metering", running.queue_if_due)
        sweep.offer_step("alarms of metering", alarms.raise_due)
        mail.offer_facts(mails.facts_of)
        mail.offer_facts(alarms.facts_of)
        admin.offer_links()
