"""`manage.py export_tenant alice@example.com --output alice.zip`"""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from backoffice.audit import Act
from backoffice.models import Job
from tenants.errors import NotPossible
from tenants.models import Tenant
from tenants.privacy import exporting


class Command(BaseCommand):
    help = (
        "Write everything that is kept about a customer and its people, or about one person, into "
        "a ZIP file of JSON. The worker collects it as a job that the backoffice shows, and this "
        "command waits for it. The audit trail says who asked, as of what reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", help="the id of a customer, or the e-mail address of a person")
        parser.add_argument("--output", metavar="FILE", required=True, help="where the ZIP goes")
        parser.add_argument(
            "--reason", default="manage.py export_tenant", help="kept in the audit trail"
        )

    def handle(self, **options: Any) -> None:
        target = Path(options["output"])
        if not target.parent.is_dir() or target.is_dir():
            raise CommandError(f"{target} cannot be written.")
        job = self._wait(_start(options["who"], Act(None, options["reason"])))
        with default_storage.open(job.result_file) as made, target.open("wb") as file:
            for piece in made.chunks():
                file.write(piece)
        self.stdout.write(f"{target} is written.")

    def _wait(self, job: Job) -> Job:
        while job.is_unfinished:
            time.sleep(0.2)
            job.refresh_from_db()
        if job.state != Job.State.DONE:
            raise CommandError(f"The job ended as {job.state}: {job.error}")
        return job


def _start(who: str, act: Act) -> Job:
    tenant = Tenant.objects.filter(pk=who).first()
    if tenant:
        return exporting.export_tenant(tenant, act)
    if "@" not in who:
        raise CommandError(f"No customer has the id {who}.")
    try:
        return exporting.export_person(who, act)
    except NotPossible as error:
        raise CommandError(str(error)) from error
