"""Builds what Lambda runs: the portal by Zappa's packager, the functions by copying their rooms.

`python -m infra.packages` writes portal.zip, functions.zip and functions/ (which SAM reads) into
build/. AWS is not asked. The same commit, locks and machine give the same bytes.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from portal.stages import REQUIRED

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / "requirements/deploy.txt"

# What AWS's python3.13 runtime is; zappa_settings.json and functions.yaml say the same.
LAMBDA = ("--python-version", "3.13", "--python-platform", "x86_64-manylinux2014")

# Zappa wants to hear a stage; the package is the same for every one.
ANY_STAGE = "dev"

FUNCTION_ROOMS = ("adapters", "functions", "infra/definitions")

# What portal and functions share of the rules of codes: the modules that know no Django.
FUNCTION_MODULES = (
    "__init__",
    "domains",
    "drawing",
    "eligibility",
    "errors",
    "making",
    "noted",
    "outcomes",
    "redemptions",
    "rules",
)

# Zappa adds its own handler, which takes commands from whoever may invoke, and a random id.
UNWANTED = {"__init__.py", "handler.py", "django_zappa_app.py", "package_info.json"}

# The function's environment names the stage, so that what staging ran is what production gets.
STAGE_OF_THE_FUNCTION = b"""
import os
API_STAGE = os.environ["STAGE"]
ENVIRONMENT_VARIABLES = {}
"""

# A larger package starts more slowly and has taken in something that nobody runs.
MOST_BYTES = {"portal.zip": 12 * 2**20, "functions.zip": 3 * 2**20}

EPOCH = (1980, 1, 1, 0, 0, 0)


def build(into: Path, *, here: bool = False) -> list[Path]:
    """Build both packages and return them.

    With `here` the portal's package fits this Python and this machine instead of Lambda's, so that
    it can be tried out. Installed packages are kept in `into` until the lock changes.
    """
    into.mkdir(parents=True, exist_ok=True)
    made = [_build_portal(into, here), _build_functions(into)]
    for path in made:
        if path.stat().st_size > MOST_BYTES[path.name]:
            raise SystemExit(f"{path} is larger than {MOST_BYTES[path.name]} bytes")
    return made


def _build_portal(into: Path, here: bool) -> Path:
    environments = into / "environments"
    # Zappa and collectstatic run in it.
    tools = environment_of(LOCKED, environments)
    packages = tools if here else _lambda_packages(environments / _digest(LOCKED) / "lambda")
    source = _emptied(into / "source")
    _copy_sources(source)
    _collect_static(tools, source)
    _run_zappa(tools, packages, source)
    with zipfile.ZipFile(source / "portal.zip") as made:
        return _zip(into / "portal.zip", _wanted(made))


def _build_functions(into: Path) -> Path:
    folder = _emptied(into / "functions")
    leave = shutil.ignore_patterns("__pycache__", ".*", "events")
    for room in FUNCTION_ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=leave)
    (folder / "campaigns").mkdir()
    for module in FUNCTION_MODULES:
        shutil.copy(ROOT / f"campaigns/{module}.py", folder / "campaigns")
    files = (each for each in folder.rglob("*") if each.is_file())
    content = ((each.relative_to(folder).as_posix(), each.read_bytes()) for each in files)
    return _zip(into / "functions.zip", content)


def environment_of(locked: Path, folder: Path) -> Path:
    """Return an environment with what a lock names, made once for each content of the lock."""
    # What is installed there names the place where it is.
    environment = folder.resolve() / _digest(locked) / "tools"
    if not (environment / "whole").exists():
        _uv("venv", _emptied(environment), "--allow-existing", "--python", sys.executable)
        _uv("pip", "sync", "--python", environment / "bin/python", "--require-hashes", locked)
        (environment / "whole").touch()
    return environment


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def _lambda_packages(environment: Path) -> Path:
    """Lay the locked packages, in their builds for Lambda, out where Zappa looks for packages."""
    if not (environment / "whole").exists():
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        target = _emptied(environment) / "lib" / version / "site-packages"
        # placebo exists as source only. It belongs to Zappa's command and is left out in the end.
        wheels = ("--only-binary", ":all:", "--no-binary", "placebo")
        _uv(
            "pip", "install", "--target", target, *LAMBDA, *wheels, "--require-hashes", "-r", LOCKED
        )
        (environment / "whole").touch()
    return environment


def _copy_sources(source: Path) -> None:
    """Copy what git knows or may come to know: what it ignores is never shipped."""
    listed = _run(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT
    ).split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)


def _collect_static(tools: Path, source: Path) -> None:
    # django-htmx brings several editions of htmx; pages use the small one.
    left_out = ("--ignore", "htmax-*", "--ignore", "htmx-?.js")
    _run(
        tools / "bin/python", "manage.py", "collectstatic", "--noinput", "-v0", *left_out,
        cwd=source,
        env=_whole_stage(),
    )  # fmt: skip


def _whole_stage() -> dict[str, str]:
    """Return an environment in which settings load as they do on AWS; it leads nowhere."""
    nowhere = dict.fromkeys(REQUIRED, "packaging")
    nowhere |= {"SECRET_KEY": "packaging" * 10, "DATABASE_URL": "postgres://packaging/none"}
    return {"PATH": os.environ["PATH"], "STAGE": ANY_STAGE, **nowhere}


def _run_zappa(tools: Path, packages: Path, source: Path) -> None:
    _run(
        tools / "bin/python", "-m", "zappa.cli", "package", ANY_STAGE, "-o", "portal.zip",
        cwd=source,
        env={"PATH": os.environ["PATH"], "VIRTUAL_ENV": str(packages)},
    )  # fmt: skip


def _wanted(made: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    for name in made.namelist():
        content = made.read(name)
        if name == "zappa_settings.py":
            content += STAGE_OF_THE_FUNCTION
        if name not in UNWANTED:
            yield name, content


def _zip(path: Path, content: Iterator[tuple[str, bytes]]) -> Path:
    """Write a zip in which the same content gives the same bytes."""
    with zipfile.ZipFile(path, "w") as made:
        for name, data in sorted(content):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            made.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)
    return path


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _uv(command: str, *words: str | Path) -> None:
    _run(Path(sys.executable).with_name("uv"), command, *words, "--quiet")


def _run(*words: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words[:4]))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "build")
    parser.add_argument("--here", action="store_true", help="for this machine's own Python")
    options = parser.parse_args()
    for path in build(options.into.resolve(), here=options.here):
        print(f"{path}: {path.stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
