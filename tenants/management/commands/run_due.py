"""`manage.py run_due`"""

from typing import Any

from django.core.management.base import BaseCommand

from tenants import sweep


class Command(BaseCommand):
    help = (
        "Queue whatever a lost message or a dead worker left behind: customers that AWS does not "
        "agree with yet, mails that wait, half-done sign-ups, jobs, gates. The schedule does this "
        "every 15 seconds; running it by hand is harmless."
    )

    def handle(self, **options: Any) -> None:
        for name, count in sweep.run_due().items():
            self.stdout.write(f"{name}: {count}")
