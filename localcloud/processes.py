"""Child processes that live and die together.

Each child leads a process group of its own, so that its children can be stopped too, and on Linux
is told when we die, even by kill -9.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 10
PATIENCE_SECONDS = 120

_libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


class Stopped(Exception):
    """Somebody asked us to stop, or one child ended and the others are of no use."""

    def __init__(self, why: str, *, on_request: bool = False) -> None:
        super().__init__(why)
        self.on_request = on_request


class Processes:
    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._may_end: set[str] = set()
        self._asked: int = 0
        # A job that a shell started in the background begins with SIGINT ignored: set it anew.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._remember)
        _die_with_parent()

    def start(self, name: str, *command: str, may_end: bool = False) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            command,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_prepare_child,
        )
        self._children[name] = child
        if may_end:
            self._may_end.add(name)
        return child

    def watch(self, until: Callable[[], bool] | None = None) -> None:
        """Wait until this holds, or for ever. Raises Stopped."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self._look()
            if until and until():
                return
            if until and time.monotonic() > deadline:
                raise Stopped(f"not ready after {PATIENCE_SECONDS} s")
            time.sleep(0.05)

    def stop(self) -> None:
        """End every child with all that it started, politely first."""
        children = list(reversed(self._children.values()))
        for child in children:
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for child in children:
            try:
                child.wait(max(0.05, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                print(f"{child.args!r} does not stop, killing it", file=sys.stderr)
            _signal_group(child, signal.SIGKILL)
            child.wait()
        self._children.clear()

    def _look(self) -> None:
        if self._asked:
            raise Stopped(f"asked by {signal.Signals(self._asked).name}", on_request=True)
        for name, child in self._children.items():
            code = child.poll()
            if code is not None and not (name in self._may_end and code == 0):
                raise Stopped(f"the {name} ended with code {code}")

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self._asked = self._asked or number


def _signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return


def _die_with_parent() -> None:
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _prepare_child() -> None:
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
