"""The static files of a release, put where the CDN finds them.

What is put there is what the package's own manifest names. The hash of each file's content is in
its name: nothing is overwritten, what is there already is left alone, and nothing is deleted.
"""

import json
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from infra.deploying import handover
from infra.deploying.stages import Stage
from infra.deploying.stopping import Stopped

# Where the package has them, and where the distribution looks for them.
_FOLDER = "static-collected/"
_PREFIX = "static/"

# A file of this name never changes.
CACHE = "public, max-age=31536000, immutable"

# What browsers must be told: one that is told to take no guess takes none. A machine's own table of
# types would say otherwise than another's.
_TYPES = {
    "": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}

# A distribution that is new, or a name that DNS was just told of.
_PATIENCE_SECONDS = 120
_PAUSE_SECONDS = 5


def upload(stage: Stage, package: Path) -> str:
    """Put up what is not there, and ask the CDN for a file. Raises Stopped if it has none.

    So the portal that is deployed after this never names files that nobody can load.
    """
    bucket = handover.read(stage, "static_bucket")
    if bucket is None:
        return "no CDN: the portal serves them itself"
    names = _names(package)
    missing = sorted(names.keys() - _there(stage, bucket))
    with zipfile.ZipFile(package) as files:
        for name in missing:
            _s3(stage).put_object(
                Bucket=bucket,
                Key=_PREFIX + name,
                Body=files.read(_FOLDER + name),
                ContentType=_type_of(names[name]),
                CacheControl=CACHE,
            )
    if url := address(stage):
        _await(url + min(names))
    return f"{len(missing)} of {len(names)} files are new"


def planned(stage: Stage, package: Path) -> str:
    """Say what a deployment would put up."""
    bucket = handover.read(stage, "static_bucket")
    if bucket is None:
        return "the same: the portal serves them itself"
    names = _names(package)
    missing = sorted(names.keys() - _there(stage, bucket))
    return "\n".join(["would be put up:", *missing]) if missing else "the same"


def address(stage: Stage) -> str:
    """Return STATIC_URL as the portal has it, or nothing where it serves its files itself."""
    said = handover.read(stage, "portal/STATIC_URL") or handover.read(stage, "static_url") or ""
    return said if "://" in said else ""


def _names(package: Path) -> dict[str, str]:
    """Return each hashed name that the manifest of the package knows, with the name it was."""
    with zipfile.ZipFile(package) as files:
        manifest = json.loads(files.read(f"{_FOLDER}staticfiles.json"))
    return {hashed: name for name, hashed in manifest["paths"].items()}


def _there(stage: Stage, bucket: str) -> set[str]:
    return {each["Key"].removeprefix(_PREFIX) for each in _listed(stage, bucket)}


def _listed(stage: Stage, bucket: str) -> Iterator[dict[str, Any]]:
    for page in _s3(stage).get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from page.get("Contents", [])


def _type_of(name: str) -> str:
    kind = Path(name).suffix
    if kind not in _TYPES:
        raise Stopped(f"{name}: infra/deploying/static_files.py does not say what a {kind} is")
    return _TYPES[kind]


def _await(url: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (trouble := trouble_with(url)) is not None:
        if time.monotonic() > deadline:
            raise Stopped(
                f"{url} {trouble}. The portal is left as it is. If the files have a domain of "
                "their own, DNS must lead it to static_domain_target (docs/deployment.md)"
            )
        time.sleep(_PAUSE_SECONDS)


def trouble_with(url: str) -> str | None:
    """Return what keeps a page of another origin from using a file for ever, or None."""
    request = urllib.request.Request(url, headers={"Origin": "https://portal.example"})  # noqa: S310 - the stage's own address
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            headers = answer.headers
    except urllib.error.HTTPError as error:
        return f"answers {error.code}"
    except OSError as error:
        return f"does not answer: {error}"
    if headers["Access-Control-Allow-Origin"] != "*":
        return "lets no other origin use its fonts"
    return None if "immutable" in (headers["Cache-Control"] or "") else "is not kept by browsers"


def _s3(stage: Stage) -> Any:
    return boto3.client("s3", region_name=stage.region)
