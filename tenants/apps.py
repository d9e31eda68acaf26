from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from backoffice import job_parts
        from campaigns import rebuilding
        from tenants import (  # they need the models
            customer_parts,
            funnel,
            key_mails,
            mail,
            ownership,
            tier_plans,
        )
        from tenants.domains import proving, telling
        from tenants.drift import checking, repairing
        from tenants.finding import call_page, calls
        from tenants.joining import telling as join_mails
        from tenants.newsletters import customer_part
        from tenants.privacy import customer_tables, erasing, exporting, shared_tables
        from tenants.returned import notices

        rebuilding.offer(funnel.fill_in)
        tier_plans.register()
        checking.register()
        repairing.register()
        shared_tables.declare()
        customer_tables.declare()
        exporting.register()
        erasing.register()
        mail.offer_facts(notices.facts_of)
        mail.offer_facts(key_mails.facts_of)
        mail.offer_facts(proving.facts_of)
        mail.offer_facts(telling.facts_of)
        mail.offer_facts(join_mails.facts_of)
        mail.offer_facts(ownership.facts_of)
        customer_parts.offer_part(customer_part.part_of)
        calls.register()
        job_parts.offer(calls.KIND, call_page.about)
