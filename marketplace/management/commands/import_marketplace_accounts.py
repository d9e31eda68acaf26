"""Learn the AWS accounts of legacy customers from the seller's account feed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.audit import SYSTEM
from marketplace import feeds
from marketplace.models import Agreement

_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Read the account feed that AWS Marketplace delivers to the seller's bucket (CSV with the "
        "columns aws_account_id and encrypted_account_id), and learn which AWS account each legacy "
        "customer has. Needed before a legacy listing is moved to Concurrent Agreements. With "
        "--dry-run it says what it would learn, and changes nothing. Running it twice is safe."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                accounts = feeds.read_accounts(lines)
        except (OSError, UnicodeDecodeError, feeds.FeedUnreadable) as error:
            raise CommandError(f"{file}: {error}") from error
        moved = feeds.import_accounts(accounts, SYSTEM, only_look=dry_run)
        would = "would be " if dry_run else ""
        self.stdout.write(f"{len(accounts)} customers in the feed")
        self._say(f"{would}learned", moved.learned)
        self._say("known before", moved.known, named=False)
        self._say("not in the feed: their use cannot be billed by license", moved.missing)
        self._say("has another account here: a person decides", moved.contradicted)
        for code in sorted(moved.waiting_for_listing):
            self.stdout.write(
                f"{code} is still legacy in MARKETPLACE_PRODUCTS: licenses are looked for once its "
                "model is concurrent"
            )
        if moved.contradicted:
            raise CommandError("the feed contradicts what is known here: nothing of it was changed")

    def _say(self, what: str, rows: list[Agreement], *, named: bool = True) -> None:
        self.stdout.write(f"{len(rows)} {what}")
        for row in rows[:_SHOWN] if named else ():
            self.stdout.write(f"  {row}")
