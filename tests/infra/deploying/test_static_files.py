"""The static files of a release are at the CDN before the portal that names them runs."""

import json
import zipfile

import boto3
import pytest

from infra.deploying import handover, planning, releases, static_files
from infra.deploying.stopping import Stopped
from tests.distributions import let_read, make_bucket, make_distribution


@pytest.fixture
def package(tmp_path):
    """Make a package with these files, each under the name that the manifest gives it."""

    def make(**hashed):
        path = tmp_path / "package.zip"
        names = {name.replace("__", "."): new for name, new in hashed.items()}
        with zipfile.ZipFile(path, "w") as zipped:
            manifest = {"version": "1.1", "paths": names, "hash": ""}
            zipped.writestr("static-collected/staticfiles.json", json.dumps(manifest))
            for name in names.values():
                zipped.writestr(f"static-collected/{name}", f"/* {name} */")
                zipped.writestr(f"static-collected/{name}.gz", "compressed")
            zipped.writestr("portal/wsgi.py", "")
        return path

    return make


@pytest.fixture
def bucket(stage, cloud):
    """A bucket that the edge handed over, before there is a distribution."""
    name = f"gatehouse-{stage.name}-static"
    make_bucket(name)
    handover.write(stage, "static_bucket", name)
    yield name
    handover.forget(stage, "static_bucket", "static_url", "portal/STATIC_URL")
    cloud.reset()


@pytest.fixture
def cdn(stage, bucket, cloud, monkeypatch):
    """A distribution that may read the bucket."""
    monkeypatch.setattr(static_files, "_PATIENCE_SECONDS", 0)
    let_read(bucket, make_distribution(bucket))
    gateway = cloud.addresses.api.rpartition("/")[0]
    handover.write(stage, "static_url", f"{gateway}/_cdn/{bucket}/static/")


def objects(bucket):
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {each["Key"]: s3.head_object(Bucket=bucket, Key=each["Key"]) for each in found}


def test_what_the_manifest_names_is_put_up_to_be_kept_for_ever(stage, bucket, cdn, package):
    files = package(site__css="site.1a.css", site__js="site.2b.js", text__woff2="text.3c.woff2")

    said = static_files.upload(stage, files)

    found = objects(bucket)
    assert said == "3 of 3 files are new"
    assert found.keys() == {"static/site.1a.css", "static/site.2b.js", "static/text.3c.woff2"}
    assert {each["CacheControl"] for each in found.values()} == {static_files.CACHE}
    assert found["static/site.1a.css"]["ContentType"] == "text/css; charset=utf-8"
    assert found["static/text.3c.woff2"]["ContentType"] == "font/woff2"


def test_another_release_adds_its_files_and_takes_none_away(stage, bucket, cdn, package):
    static_files.upload(stage, package(site__css="site.1a.css", site__js="site.2b.js"))
    before = objects(bucket)

    said = static_files.upload(stage, package(site__css="site.9z.css", site__js="site.2b.js"))

    after = objects(bucket)
    assert said == "1 of 2 files are new"
    assert after.keys() - before.keys() == {"static/site.9z.css"}
    assert before.keys() < after.keys()


def test_a_release_that_comes_back_finds_files_that_somebody_deleted(stage, bucket, cdn, package):
    files = package(site__css="site.1a.css")
    static_files.upload(stage, files)
    boto3.client("s3").delete_object(Bucket=bucket, Key="static/site.1a.css")

    static_files.upload(stage, files)

    assert "static/site.1a.css" in objects(bucket)


def test_a_plan_names_what_would_be_put_up(stage, bucket, cdn, package):
    files = package(site__css="site.1a.css")

    assert static_files.planned(stage, files) == "would be put up:\nsite.1a.css"
    assert objects(bucket) == {}
    static_files.upload(stage, files)
    assert static_files.planned(stage, files) == "the same"


def test_a_stage_without_a_cdn_needs_none(stage, package):
    files = package(site__css="site.1a.css")

    assert static_files.upload(stage, files) == "no CDN: the portal serves them itself"
    assert "the same" in static_files.planned(stage, files)
    assert static_files.address(stage) == ""


def test_a_cdn_that_may_not_read_stops_it_before_the_portal(stage, bucket, cdn, package):
    let_read(bucket, "arn:aws:cloudfront::123456789012:distribution/ANOTHER")

    with pytest.raises(Stopped, match="answers 403. The portal is left as it is"):
        static_files.upload(stage, package(site__css="site.1a.css"))


def test_a_name_that_leads_nowhere_yet_stops_it_before_the_portal(stage, bucket, cdn, package):
    handover.write(stage, "static_url", "http://127.0.0.1:1/static/")

    with pytest.raises(Stopped, match="static_domain_target"):
        static_files.upload(stage, package(site__css="site.1a.css"))


def test_a_file_of_a_kind_that_browsers_would_not_take_stops_it(stage, bucket, cdn, package):
    with pytest.raises(Stopped, match="what a .avif is"):
        static_files.upload(stage, package(photo__avif="photo.1a.avif"))


def test_whoever_runs_the_stage_may_have_the_portal_serve_its_files(stage, bucket, cdn, package):
    handover.write(stage, "portal/STATIC_URL", "/static/")

    assert static_files.address(stage) == ""
    assert static_files.upload(stage, package(site__css="site.1a.css")) == "1 of 1 files are new"


def test_what_pages_could_not_use_is_told(stage, bucket, cdn, package):
    static_files.upload(stage, package(site__css="site.1a.css"))
    boto3.client("s3").put_object(Bucket=bucket, Key="static/short.css", Body=b"a{}")
    url = static_files.address(stage)

    assert static_files.trouble_with(f"{url}site.1a.css") is None
    assert static_files.trouble_with(f"{url}short.css") == "is not kept by browsers"


def test_every_kind_of_file_that_a_package_has_is_known():
    names = ("site.css", "site.js", "icon.svg", "text.woff2", "LICENSE", "LICENSE.md", "OFL.txt")

    assert all("/" in static_files._type_of(name) for name in names)


def test_a_plan_has_a_part_for_static_files(stage, monkeypatch, package):
    monkeypatch.setattr(planning.packages, "build", lambda *_, **__: None)
    monkeypatch.setattr(releases, "PORTAL_ZIP", package(site__css="site.1a.css"))
    monkeypatch.setattr(releases, "has_bucket", lambda stage: True)
    monkeypatch.setattr(planning, "_root", lambda *_: "No changes.")
    monkeypatch.setattr(planning, "_stack", lambda *_: "No changes to deploy")

    assert "== Static files\nthe same: the portal serves them itself" in planning.shown(stage)
