"""`manage.py reconcile --plan`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adapters.errors import OutsideError
from backoffice.audit import Act
from tenants import accounts, reconcile
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Make AWS agree with the rows of every customer, or of those named. With --plan nothing "
        "is changed: each difference is printed with the action that would repair it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenants", nargs="*", metavar="TENANT", help="ids; default: everybody")
        parser.add_argument("--plan", action="store_true", help="only say what would be done")

    def handle(self, **options: Any) -> None:
        tenants = _tenants(options["tenants"])
        if options["plan"]:
            shown = [self._show(tenant) for tenant in tenants.iterator()]
            self.stdout.write(f"actions: {sum(shown)}, customers looked at: {len(shown)}")
            return
        for tenant in tenants.iterator():
            accounts.reconcile_now(tenant, Act(None, "manage.py reconcile"))
            self.stdout.write(f"{tenant.pk} {tenant}: queued")

    def _show(self, tenant: Tenant) -> int:
        """Print what would be done for the customer, and return how many actions it is."""
        try:
            actions = list(reconcile.plan_for(tenant))
        except OutsideError as error:
            raise CommandError(f"AWS did not answer: {error}") from error
        for action in actions:
            self.stdout.write(f"{tenant.pk} {tenant}: {action.system}: {action}")
        return len(actions)


def _tenants(ids: list[str]) -> Any:
    if not ids:
        return Tenant.objects.order_by("pk")
    found = Tenant.objects.filter(pk__in=ids)
    missing = sorted(set(ids) - {tenant.pk for tenant in found})
    if missing:
        raise CommandError(f"No customer has the id {', '.join(missing)}.")
    return found
