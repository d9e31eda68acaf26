"""`make run` on a clean copy: starts all, says where, and stops all, whatever way it is told to."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from docs import pictures

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 120


class Copy:
    """The tracked files in a folder of their own, sharing only the installed packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tracked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        names = subprocess.run(tracked, cwd=ROOT, capture_output=True, check=True).stdout
        for name in names.decode().split("\0"):
            if name and (ROOT / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        self.run_file = folder / ".local/run.json"
        self.started: list[subprocess.Popen[str]] = []

    def start(self, **settings: str) -> subprocess.Popen[str]:
        names = ("PATH", "HOME", "LANG")
        environment = {name: os.environ[name] for name in names if name in os.environ}
        run = subprocess.Popen(
            ["make", "run"],
            cwd=self.folder,
            env={**environment, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(run)
        return run

    def wait_until_ready(self, run: subprocess.Popen[str]) -> dict[str, object]:
        deadline = time.monotonic() + READY_SECONDS
        while not self.run_file.exists():
            assert run.poll() is None, run.stdout.read()
            assert time.monotonic() < deadline, "make run is not ready"
            time.sleep(0.2)
        return json.loads(self.run_file.read_text())

    def processes(self) -> list[int]:
        """Every living process that runs in this folder."""
        living = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "cwd").resolve() == self.folder.resolve():
                    living.append(int(entry.name))
            except OSError:
                continue
        return living

    def wait_until_gone(self) -> list[int]:
        deadline = time.monotonic() + 20
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.2)
        return self.processes()


def free_port() -> str:
    """Another test may run Gatehouse at the same moment, and each takes the first port it finds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def copy(tmp_path):
    # The installed packages are shared, so `make` must not think them out of date.
    (ROOT / ".venv/installed").touch()
    made = Copy(tmp_path)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


@pytest.mark.timeout(300)
def test_make_run_starts_everything_and_says_where(copy):
    run = copy.start()

    facts = copy.wait_until_ready(run)

    assert {"portal", "api", "aws", "marketplace", "mailbox", "region"} <= facts.keys()
    assert {"user_pool_id", "client_id", "demo_campaign", "demo_code"} <= facts.keys()
    roles = {"marketing", "support", "operations", "auditor", "admin"}
    assert facts["staff"].keys() == roles
    assert requests.get(f"{facts['portal']}/readyz", timeout=10).json()["status"] == "ok"
    answer = requests.post(
        f"{facts['portal']}/signup/check-code/",
        data={"code": facts["demo_code"]},
        headers={"Accept": "application/json"},
        timeout=10,
    )
    assert answer.json()["valid"]
    # A second one beside it says what to do and leaves the first alone.
    second = copy.start()
    said, _ = second.communicate(timeout=60)
    assert "running here already" in said
    assert second.returncode != 0
    assert requests.get(f"{facts['portal']}/healthz", timeout=10).status_code == 200
    # A command in a second terminal needs no settings.
    command = [".venv/bin/python", "manage.py", "generate_codes", str(facts["demo_campaign"])]
    codes = subprocess.run(
        [*command, "--count", "3"],
        cwd=copy.folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert len(set(codes.stdout.split())) == 3
    # Ctrl-C, without a terminal: SIGINT to the group.
    os.killpg(run.pid, signal.SIGINT)
    assert copy.wait_until_gone() == []
    assert not copy.run_file.exists()


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_every_page_that_the_guides_show_is_there(copy, tmp_path_factory):
    """The walks go by the words on the pages: a page or button that was renamed stops them."""
    folder = tmp_path_factory.mktemp("pictures")
    copy.wait_until_ready(copy.start(PORT=free_port()))

    # In a process of its own: the browser of the other tests may be open in this one.
    words = [sys.executable, "-m", "docs.pictures", "--run", copy.run_file, "--to", folder]
    subprocess.run(words, cwd=ROOT, check=True, timeout=200)

    taken = {picture.name for picture in folder.iterdir()}
    assert taken == {picture.name for picture in pictures.IMAGES.glob("*.png")}


@pytest.mark.timeout(300)
def test_even_kill_9_of_the_leader_leaves_nothing_running(copy):
    run = copy.start(PORT=free_port())
    copy.wait_until_ready(run)

    run.kill()

    assert copy.wait_until_gone() == []


def test_a_taken_port_is_told_in_one_sentence(copy, live_server):
    port = live_server.url.rsplit(":", 1)[1]

    run = copy.start(PORT=port)
    said, _ = run.communicate(timeout=60)

    assert f"Port {port} is taken by another program. Choose another PORT." in said
    assert run.returncode != 0
