"""`manage.py erase_person alice@example.com --reason "Letter of 3 May"`"""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.audit import Act
from backoffice.models import Job
from tenants.errors import NotPossible
from tenants.privacy import erasing, leaving
from tenants.privacy.decisions import reasons_to_keep
from tenants.privacy.persons import person_of


class Command(BaseCommand):
    help = (
        "Erase everything about the person with this e-mail address from every store: database, "
        "DynamoDB, Cognito, stored files, mails, newsletters. It says what happens and what is "
        "kept, asks for the address once more, and waits for the job that the backoffice shows. "
        "It cannot be undone. If you interrupt the command the job goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the person's address, in any spelling")
        parser.add_argument("--reason", required=True, help="kept in the audit trail")
        parser.add_argument("--yes", action="store_true", help="do not ask for the address again")

    def handle(self, **options: Any) -> None:
        email = options["email"]
        self._explain(email)
        if not options["yes"] and input("Type the address to go on: ").strip() != email:
            raise CommandError("This is not the address. Nobody was erased.")
        try:
            job = erasing.erase_person(email, Act(None, options["reason"]))
        except NotPossible as error:
            raise CommandError(str(error)) from error
        self._wait(job)
        for name in job.arguments["by_hand"]:
            self.stdout.write(f"Delete the person by hand at: {name}")
        self.stdout.write("Erased.")

    def _explain(self, email: str) -> None:
        for sentence in leaving.consequences(person_of(email)):
            self.stdout.write(sentence)
        for reason in reasons_to_keep():
            self.stdout.write(f"Kept: {reason}")

    def _wait(self, job: Job) -> None:
        while job.is_unfinished:
            time.sleep(0.2)
            job.refresh_from_db()
        if job.state != Job.State.DONE:
            raise CommandError(f"The job ended as {job.state}: {job.error} Resume it there.")
