"""`manage.py restore_tables FOLDER`"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adapters import table_exports
from adapters.errors import OutsideError


class Command(BaseCommand):
    help = (
        "Write what `export_tables`, or DynamoDB's own export, has of each table back into it. An "
        "item that is in the table already stays as it is, so nothing that happened since is "
        "undone, and the command may be repeated. Then run `reconcile`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument(
            "--only", nargs="+", metavar="TABLE", choices=table_exports.tables(), default=None
        )

    def handle(self, **options: Any) -> None:
        if not options["folder"].is_dir():
            raise CommandError(f"There is no folder {options['folder']}.")
        for table in options["only"] or table_exports.tables():
            try:
                written, kept = table_exports.restore_table(table, options["folder"])
            except OutsideError as error:
                raise CommandError(f"AWS did not answer: {error}") from error
            self.stdout.write(f"{table}: {written} written, {kept} were there")
