"""`manage.py export_tables --output FOLDER`"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adapters import table_exports
from adapters.errors import OutsideError


class Command(BaseCommand):
    help = (
        "Write the DynamoDB tables of this stage into gzipped files of JSON lines, in the format "
        "of DynamoDB's own exports. The files hold unspent codes and who used which: keep them as "
        "you keep the tables. `restore_tables` reads them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", required=True, metavar="FOLDER", type=Path)

    def handle(self, **options: Any) -> None:
        for table in table_exports.tables():
            try:
                count = table_exports.export_table(table, options["output"])
            except OutsideError as error:
                raise CommandError(f"AWS did not answer: {error}") from error
            self.stdout.write(f"{table}: {count}")
