"""A browser takes style, scripts and fonts from the CDN, and from nowhere else."""

import json

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser

from infra.deploying.static_files import CACHE, _type_of
from portal import settings as of_the_laptop
from tests.distributions import let_read, make_bucket, make_distribution

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BUCKET = "gatehouse-local-static"
FILES = ("script-src", "style-src", "img-src", "font-src")


@pytest.fixture
def cdn(cloud, settings, tmp_path):
    """Every static file at a distribution, and a portal that names them there."""
    names = {}
    s3 = make_bucket(BUCKET)
    let_read(BUCKET, make_distribution(BUCKET))
    for finder in finders.get_finders():
        for name, storage in finder.list(["htmax-*"]):
            if not name.startswith(("admin/", "unfold/filters")):
                with storage.open(name) as file:
                    names[name] = name
                    s3.put_object(
                        Bucket=BUCKET,
                        Key=f"static/{name}",
                        Body=file.read() or b" ",
                        ContentType=_type_of(name),
                        CacheControl=CACHE,
                    )
    manifest = {"version": "1.1", "paths": names, "hash": ""}
    (tmp_path / "staticfiles.json").write_text(json.dumps(manifest))
    origin = cloud.addresses.api.rpartition("/")[0]
    url = f"{origin}/_cdn/{BUCKET}/static/"
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **of_the_laptop.STORAGES,
        "staticfiles": {
            "BACKEND": "portal.static_files.FilesAtTheCdn",
            "OPTIONS": {"static_url": url},
        },
    }
    settings.CONTENT_SECURITY_POLICY = {
        "DIRECTIVES": allowing(origin, of_the_laptop.CONTENT_SECURITY_POLICY["DIRECTIVES"])
    }
    settings.CONTENT_SECURITY_POLICY_ADMIN = allowing(
        origin, of_the_laptop.CONTENT_SECURITY_POLICY_ADMIN
    )
    yield url
    cloud.reset()


def allowing(origin, policy):
    return {k: [*v, origin] if k in FILES else v for k, v in policy.items()}


@pytest.mark.parametrize("path", ["/signup/", "/admin/login/"])
def test_a_page_is_whole_with_files_of_the_cdn_alone(cdn, browser: Browser, live_server, path):
    page = browser.new_context().new_page()
    complaints, answers = [], {}
    page.on("console", lambda message: complaints.append(message.text))
    page.on("response", lambda answer: answers.__setitem__(answer.url, answer.status))

    page.goto(f"{live_server.url}{path}", wait_until="networkidle")
    page.evaluate("document.fonts.ready")

    files = {url: status for url, status in answers.items() if not url.endswith(path)}
    assert complaints == []
    assert len(files) >= 4
    assert set(files.values()) == {200}
    assert [url for url in files if not url.startswith((cdn, "data:"))] == []
    assert page.evaluate("document.styleSheets.length") >= 2
    if path.startswith("/admin"):
        assert [url for url in files if url.endswith(".woff2")]
    page.context.close()
