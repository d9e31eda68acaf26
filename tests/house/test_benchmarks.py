"""What `make bench` does between its rows, in a process and a database of its own as there."""

import os
import subprocess
import sys

EMPTIED = """
from types import SimpleNamespace

import django

django.setup()
from django.core.management import call_command

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from benchmarks import metering
from campaigns import gatekeeping
from campaigns.models import Campaign

call_command("migrate", verbosity=0)
campaign = Campaign(name="Benchmark", slug="benchmark", tier="starter", prefix="BENCH")
gatekeeping.save_campaign(campaign, SYSTEM)
before = AuditEvent.objects.count()
metering._empty(SimpleNamespace(reset=lambda: None))
print(before, AuditEvent.objects.count())
"""


def test_the_database_is_emptied_between_rows_whatever_the_audit_trail_has(tmp_path):
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/benchmarks.sqlite3",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }

    done = subprocess.run(
        [sys.executable, "-c", EMPTIED],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.stdout.split(), done.stderr) == (["1", "0"], "")
