"""`manage.py forget_old_events`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from backoffice import audit_retention


class Command(BaseCommand):
    help = (
        "Delete lines of the audit trail that are older than AUDIT_DAYS. The schedule does this by "
        "itself, 1,000 lines a sweep; this does all that is due at once. Lines of the last 365 "
        "days stay whatever the setting says: the database refuses. Safe to repeat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", action="store_true", help="only say how many lines are due")

    def handle(self, **options: Any) -> None:
        if options["plan"]:
            self.stdout.write(f"Due: {audit_retention.due_events().count()}")
            return
        forgotten = 0
        while some := audit_retention.forget_old():
            forgotten += some
        self.stdout.write(f"Forgotten: {forgotten}")
