from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    verbose_name = _("AWS Marketplace")

    def ready(self) -> None:
        from marketplace import (
            customer_part,
            finding,
            going_on,
            inbox,
            looking,
            mails,
            personal_data,
            searching,
        )
        from marketplace.metering import alarms, comparing, exporting, running
        from marketplace.models import Agreement
        from tenants import command_search, customer_parts, elsewhere, mail, sweep
        from tenants.finding import places

        sweep.offer_step("notices", inbox.take_notices)
        sweep.offer_step("searches for agreements", searching.search_due)
        sweep.offer_step("agreements", looking.look_at_due)
        sweep.offer_step("metering", running.queue_if_due)
        sweep.offer_step("alarms of metering", alarms.raise_due)
        comparing.COMPARISON.register()
        exporting.HOURS.register()
        personal_data.declare()
        mail.offer_facts(mails.facts_of)
        mail.offer_facts(alarms.facts_of)
        customer_parts.offer_part(customer_part.part_of)
        places.offer_place(finding.PLACE)
        elsewhere.offer_warnings(going_on.warnings_of)
        command_search.offer_kind(Agreement, _("Agreement"), "handshake")
