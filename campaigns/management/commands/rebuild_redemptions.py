"""`manage.py rebuild_redemptions`"""

from typing import Any

from django.core.management.base import BaseCommand

from backoffice.audit import SYSTEM
from campaigns.rebuilding import rebuild_redemptions


class Command(BaseCommand):
    help = (
        "Rebuild the backoffice's list of redemptions from DynamoDB, which has the last word, for "
        "instance after the database was restored from a backup. Starts a job that the worker "
        "does and the backoffice shows; rows are added and corrected, none is deleted. Safe to "
        "repeat, and while people redeem."
    )

    def handle(self, **options: Any) -> None:
        job = rebuild_redemptions(SYSTEM)
        self.stdout.write(f"Job {job.pk} has {job.total} parts. Watch it under Jobs.")
