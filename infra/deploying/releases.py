"""What ran on a stage, and what ran before it: packages and a page about them, in the bucket.

`now` is the release that passed the smoke test last; `under_way` the one that was begun last.
"""

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.deploying import handover
from infra.deploying.stages import ROOT, Stage
from infra.deploying.stopping import BeginAnew, Stopped

PORTAL_ZIP = ROOT / "build/portal.zip"
FUNCTIONS_ZIP = ROOT / "build/functions.zip"
_PAGE = "release.json"


@dataclass(frozen=True)
class Release:
    """`migrations` says of each one in the code why the code before it could not live with it."""

    id: str
    commit: str
    portal: str
    functions: str
    migrations: dict[str, str]
    before: str | None = None


def code_hash(package: Path) -> str:
    """Return what Lambda calls CodeSha256."""
    return base64.b64encode(hashlib.sha256(package.read_bytes()).digest()).decode()


def identified(commit: str, *, migrations: dict[str, str]) -> Release:
    """Name what lies in build/: the same commit and bytes are the same release."""
    portal, functions = code_hash(PORTAL_ZIP), code_hash(FUNCTIONS_ZIP)
    template = (ROOT / "infra/functions.yaml").read_text()
    content = hashlib.sha256(f"{portal}{functions}{template}".encode()).hexdigest()
    return Release(f"{commit}-{content[:8]}", commit, portal, functions, migrations)


def note(stage: Stage, release: Release) -> None:
    """Remember between steps, on this machine, what is being deployed."""
    stage.folder.mkdir(parents=True, exist_ok=True)
    (stage.folder / _PAGE).write_text(json.dumps(asdict(release)))


def noted(stage: Stage, commit: str) -> Release:
    """Return what the step `package` built. Raises BeginAnew if that is not this checkout."""
    page = stage.folder / _PAGE
    release = Release(**json.loads(page.read_text())) if page.exists() else None
    if not release or release.commit != commit or release.portal != code_hash(PORTAL_ZIP):
        raise BeginAnew("build/ holds no package of this checkout")
    return release


def make_bucket(stage: Stage) -> None:
    """Private, versioned and encrypted: Terraform's state is in it."""
    s3 = _s3(stage)
    try:
        s3.create_bucket(
            Bucket=stage.bucket, CreateBucketConfiguration={"LocationConstraint": stage.region}
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    s3.put_public_access_block(
        Bucket=stage.bucket,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"),
            True,
        ),
    )
    s3.put_bucket_versioning(Bucket=stage.bucket, VersioningConfiguration={"Status": "Enabled"})


def begin(stage: Stage, release: Release, *, template: Path) -> None:
    """Keep what a rollback needs, before anything of the release runs."""
    before = now(stage)
    kept = release
    if before and before.id != release.id:
        kept = Release(**{**asdict(release), "before": before.id})
    elif before:
        kept = before
    s3 = _s3(stage)
    s3.upload_file(str(PORTAL_ZIP), stage.bucket, portal_key(release))
    s3.upload_file(str(template), stage.bucket, template_key(release))
    page = json.dumps(asdict(kept)).encode()
    s3.put_object(Bucket=stage.bucket, Key=_key(release.id, _PAGE), Body=page)
    handover.write(stage, "release_under_way", release.id)


def finish(stage: Stage, release: Release) -> None:
    handover.write(stage, "release", release.id)


def now(stage: Stage) -> Release | None:
    return _found(stage, handover.read(stage, "release"))


def before(stage: Stage) -> tuple[Release, Release]:
    """Return what runs or half runs, and what to go back to. Raises Stopped."""
    last = now(stage)
    begun = _found(stage, handover.read(stage, "release_under_way"))
    if not last or not begun:
        raise Stopped(f"no release of {stage.name} ever passed its smoke test")
    if begun.id != last.id:
        return begun, last
    earlier = _found(stage, last.before)
    if not earlier:
        raise Stopped(f"{last.id} is the first release of {stage.name}")
    return last, earlier


def fetch_template(stage: Stage, release: Release, to: Path) -> Path:
    _s3(stage).download_file(stage.bucket, template_key(release), str(to))
    return to


def fetch_portal(stage: Stage, release: Release, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    _s3(stage).download_file(stage.bucket, portal_key(release), str(to))
    return to


def portal_key(release: Release) -> str:
    return _key(release.id, PORTAL_ZIP.name)


def template_key(release: Release) -> str:
    return _key(release.id, "functions.yaml")


def _found(stage: Stage, release_id: str | None) -> Release | None:
    if not release_id:
        return None
    answer = _s3(stage).get_object(Bucket=stage.bucket, Key=_key(release_id, _PAGE))
    return Release(**json.load(answer["Body"]))


def _key(release_id: str, name: str) -> str:
    return f"releases/{release_id}/{name}"


def _s3(stage: Stage) -> Any:
    return boto3.client("s3", region_name=stage.region)


def resume(stage: Stage, release: Release) -> None:
    """Say that an earlier release runs again, and that none is under way."""
    handover.write(stage, "release_under_way", release.id)
    handover.write(stage, "release", release.id)


def has_bucket(stage: Stage) -> bool:
    try:
        _s3(stage).head_bucket(Bucket=stage.bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return False
        raise
    return True


def empty_bucket(stage: Stage) -> None:
    """Delete every version of everything, the bucket, and what was noted of releases."""
    s3 = _s3(stage)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=stage.bucket):
        for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=stage.bucket, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=stage.bucket)
    handover.forget(stage, "release", "release_under_way")
