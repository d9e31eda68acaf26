"""`manage.py generate_codes autumn-launch --count 500 --output codes.csv`"""

import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from backoffice.audit import Act
from backoffice.models import Job
from backoffice.verbs import VerbRefused
from campaigns.generation import export_file, generate_codes
from campaigns.models import MOST_CODES, MOST_USES, Batch, Campaign


class Command(BaseCommand):
    help = (
        "Generate a batch of codes for a campaign and print them, one a line and nothing else. "
        "The worker makes them as a job that the backoffice shows; this command waits for it. "
        "If you interrupt the command the job goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="the short name (slug) of the campaign")
        parser.add_argument("--count", type=int, required=True, help="how many codes to make")
        parser.add_argument(
            "--max-uses",
            type=int,
            help="how often each code can be used; default: what the campaign says",
        )
        parser.add_argument("--output", metavar="FILE", help="write the codes here, not to stdout")

    def handle(self, **options: Any) -> None:
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            known = ", ".join(Campaign.objects.values_list("slug", flat=True)[:10]) or "none yet"
            raise CommandError(f"No campaign is called {options['campaign']}. There is: {known}.")
        max_uses = options["max_uses"]
        if max_uses is None:
            max_uses = campaign.default_max_uses
        _require("--count", options["count"], MOST_CODES)
        _require("--max-uses", max_uses, MOST_USES)
        _require_writable(options["output"])
        try:
            batch = generate_codes(
                campaign, count=options["count"], max_uses=max_uses, act=Act(None)
            )
        except VerbRefused as error:
            raise CommandError(f"{campaign}: {error}") from error
        self._wait(batch)
        self._write(batch, options["output"])

    def _wait(self, batch: Batch) -> None:
        job = batch.job
        while job and job.is_unfinished:
            time.sleep(0.2)
            job.refresh_from_db()
            if self.stderr.isatty():
                self.stderr.write(f"\r{job.done} of {job.total}", ending="")
        if job is None or job.state != Job.State.DONE:
            raise CommandError(f"The job ended as {job and job.state}: {job and job.error}")

    def _write(self, batch: Batch, output: str | None) -> None:
        with default_storage.open(export_file(batch)) as codes:
            if output is None:
                for piece in codes.chunks():
                    self.stdout.write(piece.decode(), ending="")
                return
            with open(output, "wb") as target:
                for piece in codes.chunks():
                    target.write(piece)


def _require(option: str, given: int, most: int) -> None:
    if not 1 <= given <= most:
        raise CommandError(f"{option} must be between 1 and {most:,}.")


def _require_writable(output: str | None) -> None:
    """Say so before codes are made, not after."""
    if output is None:
        return
    target = Path(output)
    if not os.access(target if target.exists() else target.parent, os.W_OK) or target.is_dir():
        raise CommandError(f"{output} cannot be written.")
