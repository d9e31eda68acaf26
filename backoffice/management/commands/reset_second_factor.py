"""`manage.py reset_second_factor`"""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from backoffice.audit import Act
from backoffice.sign_in import second_factors
from backoffice.verbs import VerbRefused


class Command(BaseCommand):
    help = (
        "Forget the authenticator app and the recovery codes of a member of staff, who is signed "
        "out and sets up another app at the next sign-in. In the backoffice an admin does the same "
        "for a colleague: this is for the day on which no admin gets in any more. The audit trail "
        "says that it was done from here, and why."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="kept in the audit trail")

    def handle(self, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError("Nobody has this user name.")
        try:
            second_factors.reset(user, Act(None, options["reason"], "command line"))
        except VerbRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{user} sets up another app at the next sign-in.")
