"""`manage.py ensure_roles`: the five staff groups, as backoffice/roles.py lists them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice import roles


class Command(BaseCommand):
    help = (
        "Make the staff groups marketing, support, operations, auditor and admin, and give each "
        "exactly the permissions of its role. Safe to repeat: run it on every deploy, after "
        "migrate. People and other groups are left alone."
    )

    def handle(self, **options: Any) -> None:
        try:
            roles.ensure_roles()
        except KeyError as error:
            raise CommandError(f"There is no permission {error}: run migrate first.") from error
        if options["verbosity"]:
            self.stdout.write("Groups: " + ", ".join(roles.ROLES))
