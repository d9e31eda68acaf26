"""Where the peers live: outside of our requirements, in build/peers, made at the first run."""

import shutil
import subprocess
import sys
from pathlib import Path

import django

from infra.packages import ROOT

HERE = Path(__file__).resolve().parent
FOLDER = ROOT / "build" / "peers"
ANNEALER = ("dwave-samplers==1.8.0",)
# The same Django for both.
OSCAR = ("django-oscar==4.2.1", f"django=={django.get_version()}")


class NotInstalled(Exception):
    """The peer cannot be had on this machine now; the text says why."""


def oscar_python() -> Path:
    """Return the Python of an environment that has django-oscar."""
    return _python_with("oscar", *OSCAR)


def annealer_python() -> Path:
    """Return the Python of an environment that has dwave-samplers."""
    return _python_with("annealer", *ANNEALER)


def _python_with(name: str, *packages: str) -> Path:
    folder = FOLDER / name
    python = folder / "bin/python"
    if not (folder / "whole").exists():
        uv = Path(sys.executable).with_name("uv")
        _run(uv, "venv", "--quiet", "--clear", folder, "--python", sys.executable)
        _run(uv, "pip", "install", "--quiet", "--python", python, *packages)
        (folder / "whole").touch()
    return python


def voucher_script() -> Path:
    """Return vouchers.js beside the packages that it asks for."""
    if not shutil.which("npm"):
        raise NotInstalled("npm is not installed")
    folder = FOLDER / "node"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "vouchers.js"):
        shutil.copy(HERE / name, folder)
    if not (folder / "node_modules/.package-lock.json").exists():
        _run("npm", "ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund")
    return folder / "vouchers.js"


def _run(*words: str | Path) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalled(f"{Path(words[0]).name} {words[1]} failed: {done.stderr[-200:]}")
