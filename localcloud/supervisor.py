"""`make run`: start the local cloud, the worker and the portal in order, and stop them together."""

import fcntl
import json
import os
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import IO, Any
from urllib.error import URLError
from urllib.request import urlopen

from localcloud.processes import Processes, Stopped

LOCAL = Path(".local")
PYTHON = sys.executable
FIRST_PORT = 8000


class CannotStart(Exception):
    """The sentence says what to do about it."""


def main() -> int:
    processes = Processes()
    try:
        with _only_one():
            port = _portal_port()
            _start_afresh()
            _start(processes, f"http://127.0.0.1:{port}", port)
            processes.watch()
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except Stopped as stopped:
        print(f"\nStopping: {stopped}.", flush=True)
        return 0 if stopped.on_request else 1
    finally:
        (LOCAL / "run.json").unlink(missing_ok=True)
        processes.stop()
        (LOCAL / "cloud.json").unlink(missing_ok=True)
    return 0


def _only_one() -> IO[str]:
    """Hold .local/lock while we run: two of us would share one database."""
    LOCAL.mkdir(exist_ok=True)
    lock = open(LOCAL / "lock", "a")  # noqa: SIM115 - the caller's `with` closes it
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(
            "Gatehouse is running here already: .local/run.json has its addresses. "
            "Stop it with Ctrl-C in its terminal, then start it again."
        ) from error
    return lock


def _portal_port() -> int:
    asked = os.environ.get("PORT", "")
    if not asked:
        return next(port for port in range(FIRST_PORT, FIRST_PORT + 100) if _is_free(port))
    if not asked.isdigit() or not 1 <= int(asked) <= 65535:
        raise CannotStart(f"PORT={asked} is no port. Choose a number such as 8080.")
    if not _is_free(int(asked)):
        raise CannotStart(f"Port {asked} is taken by another program. Choose another PORT.")
    return int(asked)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _start_afresh() -> None:
    """The local cloud forgets everything when it stops, so the database starts empty too."""
    print("Starting Gatehouse with a fresh local cloud and database …", flush=True)
    for name in ("run.json", "cloud.json", "localcloud.json", "demo.json"):
        (LOCAL / name).unlink(missing_ok=True)
    for path in [*LOCAL.glob("gatehouse.sqlite3*"), *LOCAL.glob("beat*")]:
        path.unlink()
    shutil.rmtree(LOCAL / "exports", ignore_errors=True)


def _start(processes: Processes, portal: str, port: int) -> None:
    state = LOCAL / "localcloud.json"
    # The Marketplace's page posts its buyers' forms there.
    processes.environment = {"PORTAL_URL": portal}
    processes.start("local cloud", PYTHON, "-m", "localcloud", "--state", str(state))
    migration = processes.start(
        "migration", PYTHON, "manage.py", "migrate", "--verbosity", "0", may_end=True
    )
    processes.watch(state.exists)
    processes.watch(lambda: migration.poll() is not None)
    environment = {**json.loads(state.read_text()), "PORTAL_URL": portal}
    _write(LOCAL / "cloud.json", environment)
    processes.environment = environment
    processes.start("worker", *worker("-B"))
    processes.start("portal", *_portal(port))
    demo = processes.start("demo data", PYTHON, "manage.py", "demo", may_end=True)
    processes.watch(lambda: demo.poll() is not None)
    processes.watch(lambda: _answers(f"{portal}/readyz"))
    _announce(portal, environment)


def worker(*more: str) -> tuple[str, ...]:
    """Return the command that starts Celery's worker; `-B` lets it keep the schedule too."""
    return (
        *(PYTHON, "-m", "celery", "--quiet", "-A", "portal", "worker", "--concurrency", "2"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        *("--loglevel", "WARNING", *more),
    )


def _portal(port: int) -> tuple[str, ...]:
    return (
        *(PYTHON, "-m", "waitress", "--listen", f"127.0.0.1:{port}", "--threads", "16"),
        "portal.wsgi:application",
    )


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _announce(portal: str, environment: dict[str, str]) -> None:
    demo = json.loads((LOCAL / "demo.json").read_text())
    run = {
        "portal": portal,
        "api": environment["API_URL"],
        "aws": environment["AWS_ENDPOINT_URL"],
        "mailbox": environment["MAILBOX_URL"],
        "marketplace": environment["MARKETPLACE_URL"],
        "region": environment["AWS_REGION"],
        "user_pool_id": environment["USER_POOL_ID"],
        "client_id": environment["USER_POOL_CLIENT_ID"],
        **demo,
    }
    with urlopen(f"{portal}/", timeout=30) as page:  # noqa: S310 - our own loopback address
        page.read()
    for line in _lines(run):
        print(line, flush=True)
    _write(LOCAL / "run.json", run)


def _lines(run: dict[str, Any]) -> list[str]:
    lines = [
        "",
        f"  Sign up      {run['portal']}/signup/   with the code {run['demo_code']}",
        f"  Mailbox      {run['mailbox']}/",
        f"  DNS          {run['mailbox']}/dns/",
        f"  Marketplace  {run['marketplace'].replace('127.0.0.1', 'localhost')}/",
        f"  Backoffice   {run['portal']}/admin/",
        f"  API          {run['api']}",
        f"  AWS          {run['aws']}",
        "",
        "  Staff logins (new at every start):",
    ]
    for role, login in run["staff"].items():
        lines.append(f"    {role:<11} {login['username']:<11} {login['password']}")
    started = os.environ.get("GATEHOUSE_STARTED", "")
    if started:
        lines += ["", f"  First page {time.time() - int(started):.0f} s after `make run`."]
    return [*lines, "", "  Ctrl-C stops everything.", ""]


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and for its owner alone: there are passwords in it."""
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, indent=2) + "\n")
    draft.rename(path)


if __name__ == "__main__":
    sys.exit(main())
