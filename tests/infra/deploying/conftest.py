"""A stage that nobody else deploys, in the local cloud's account."""

import json
import uuid
import zipfile
from pathlib import Path

import pytest

from infra.deploying import releases
from infra.deploying.stages import Stage
from localcloud.place import ACCOUNT, REGION


@pytest.fixture
def make_stage(tmp_path, monkeypatch):
    def make(name="", *, production=False):
        name = name or f"t{uuid.uuid4().hex[:10]}"
        return Stage(name=name, region=REGION, account=ACCOUNT, production=production)

    monkeypatch.setattr(Stage, "folder", tmp_path)
    return make


@pytest.fixture
def stage(make_stage):
    return make_stage()


@pytest.fixture
def make_release(stage, tmp_path, monkeypatch):
    """Put packages into the bucket as a deployment does, and finish unless it is half done."""
    monkeypatch.setattr(releases, "PORTAL_ZIP", tmp_path / "portal.zip")
    monkeypatch.setattr(releases, "FUNCTIONS_ZIP", tmp_path / "functions.zip")
    template = tmp_path / "functions.yaml"
    releases.make_bucket(stage)

    def make(content, *, finished=True, migrations=None):
        _write_package(releases.PORTAL_ZIP, content)
        releases.FUNCTIONS_ZIP.write_text(content)
        template.write_text(content)
        release = releases.identified("c0ffee", migrations=migrations or {})
        releases.note(stage, release)
        releases.begin(stage, release, template=template)
        if finished:
            releases.finish(stage, release)
        return release

    return make


def _write_package(path: Path, content: str) -> None:
    """A package of the portal with one static file, whose hash is in its name.

    The same content is the same bytes, whatever the clock says: a ZipInfo has a date of its own.
    """
    name = f"site.{content}.css"
    with zipfile.ZipFile(path, "w") as package:
        manifest = {"version": "1.1", "paths": {"site.css": name}, "hash": ""}
        package.writestr(zipfile.ZipInfo("static-collected/staticfiles.json"), json.dumps(manifest))
        package.writestr(zipfile.ZipInfo(f"static-collected/{name}"), f"/* {content} */")
