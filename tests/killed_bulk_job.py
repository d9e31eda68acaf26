"""A worker that is killed with -9 within a row of a bulk job: python -m tests.killed_bulk_job."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.databases import database_url

AUDIT = 'INTO "backoffice_auditevent"'


def main() -> None:
    job_id, nth, when = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

    import django

    django.setup()
    from django.db import connection

    from backoffice import bulk_jobs, jobs
    from backoffice.models import Job

    written = 0

    def die_at(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal written
        written += AUDIT in sql
        if AUDIT in sql and written == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(sql, *rest)
        if AUDIT in sql and written == nth and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    if when == "returned":
        bulk_jobs.verb_of = _dying(bulk_jobs.verb_of, nth)
    with connection.execute_wrapper(die_at):
        while (job := Job.objects.get(pk=job_id)).is_unfinished:
            jobs.run_chunk(job)


def _dying(verb_of: Callable[..., Any], nth: int) -> Callable[..., Any]:
    """Let the nth verb be the last: the service has done its part, and nothing comes after it."""
    done = 0

    def found(job: Any) -> Any:
        verb = verb_of(job)

        def run(*args: Any, **kwargs: Any) -> Any:
            nonlocal done
            verb.run(*args, **kwargs)
            done += 1
            if done == nth:
                os.kill(os.getpid(), signal.SIGKILL)

        return replace(verb, run=run)

    return found


def kill_at_audit_line(job: Any, nth: int, when: str) -> int:
    """Run the job in a process that dies before or after its nth audit line, or when the nth verb
    has returned; return how that process ended."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    command = [sys.executable, "-m", "tests.killed_bulk_job", str(job.pk), str(nth), when]
    return subprocess.run(command, env=environment, timeout=60, check=False).returncode


if __name__ == "__main__":
    main()
