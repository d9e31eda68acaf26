"""A worker that is killed with -9 at a chosen AWS call: python -m tests.killed_worker --help."""

import argparse
import os
import signal
import subprocess
import sys
from typing import Any

from tests.databases import database_url


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tenant")
    parser.add_argument("--job", action="store_true", help="run the job of this number to its end")
    parser.add_argument("--service", required=True)
    parser.add_argument("--operation", required=True)
    parser.add_argument("--when", choices=("before", "after"), required=True)
    options = parser.parse_args()

    import django

    django.setup()
    from adapters.aws import client
    from backoffice import jobs
    from backoffice.models import Job
    from tenants import reconcile
    from tenants.models import Tenant

    def die(**_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    event = {"before": "before-send", "after": "after-call"}[options.when]
    name = f"{event}.{options.service}.{options.operation}"
    for sender in (client(options.service), client(options.service, repeats=False)):
        sender.meta.events.register(name, die)
    if options.job:
        while (job := Job.objects.get(pk=options.tenant)).is_unfinished:
            jobs.run_chunk(job)
    else:
        reconcile.reconcile(Tenant.objects.get(pk=options.tenant))


def kill_job_at(job: Any, service: str, operation: str, when: str) -> int:
    """Run the job in a process that dies at this call; return how that process ended."""
    command = [sys.executable, "-m", "tests.killed_worker", str(job.pk), "--job"]
    command += ["--service", service, "--operation", operation, "--when", when]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    return subprocess.run(command, env=environment, timeout=60, check=False).returncode


if __name__ == "__main__":
    main()
