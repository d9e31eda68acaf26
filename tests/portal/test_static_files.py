"""Pages name their files at the CDN, where a stage has one, by the manifest of their release."""

import json
import re

import pytest
from django.test import override_settings

from portal import settings as portal_settings
from portal.static_files import FilesAtTheCdn
from tests.house.test_stages import production  # noqa: F401 - a fixture
from tests.portal.loaded_settings import told

CDN = "https://d111111abcdef8.cloudfront.net"


@pytest.fixture
def release(tmp_path, settings):
    """The static files of a release, as they lie in its package."""

    def make(name, **paths):
        folder = tmp_path / name
        folder.mkdir()
        manifest = {"version": "1.1", "paths": paths, "hash": ""}
        (folder / "staticfiles.json").write_text(json.dumps(manifest))
        settings.STATIC_ROOT = folder
        return FilesAtTheCdn(static_url=f"{CDN}/static/")

    return make


def test_a_file_is_named_at_the_cdn_by_its_hash(release):
    files = release("one", **{"vendor/pico.min.css": "vendor/pico.min.0a1b2c3d4e5f.css"})

    assert files.url("vendor/pico.min.css") == f"{CDN}/static/vendor/pico.min.0a1b2c3d4e5f.css"


def test_each_release_names_its_own_files_so_one_that_came_back_does(release):
    first = release("one", **{"site.css": "site.111111111111.css"})
    second = release("two", **{"site.css": "site.222222222222.css"})

    assert second.url("site.css").endswith("/site.222222222222.css")
    assert first.url("site.css").endswith("/site.111111111111.css")


def test_a_file_that_no_manifest_knows_is_an_error_and_no_broken_page(release):
    with pytest.raises(ValueError, match=r"nowhere\.css"):
        release("one").url("nowhere.css")


@pytest.mark.django_db(transaction=True)
def test_the_laptop_loads_nothing_from_elsewhere(client):
    page = client.get("/signup/").content.decode()

    assert portal_settings.CDN_ORIGIN == ""
    assert re.findall(r'(?:src|href)="(https?://[^"]+\.(?:css|js|svg))"', page) == []


SHOWN = """
import json
from portal import settings as s
public = s.CONTENT_SECURITY_POLICY["DIRECTIVES"]
told = {"public": public, "admin": s.CONTENT_SECURITY_POLICY_ADMIN}
told["storage"] = s.STORAGES["staticfiles"]
print(json.dumps(told, default=str))
"""


def loaded(environment, **settings):
    """Return what the settings of a stage come to, loaded as the stage does."""
    return json.loads(told(SHOWN, environment, **settings))


FILES = ("script-src", "style-src", "img-src", "font-src")


@pytest.mark.parametrize("pages", ["public", "admin"])
def test_pages_may_load_files_from_exactly_that_origin(production, pages):  # noqa: F811
    policy = loaded(production, STATIC_URL=f"{CDN}/static/")[pages]

    for directive, sources in policy.items():
        elsewhere = [source for source in sources if "://" in source]
        assert elsewhere == ([CDN] if directive in FILES else []), directive


def test_a_stage_without_a_cdn_serves_its_files_itself(production):  # noqa: F811
    told = loaded(production)

    assert told["storage"]["BACKEND"].startswith("whitenoise.")
    assert "://" not in json.dumps([told["public"], told["admin"]])
    assert loaded(production, STATIC_URL="/static/") == told


def test_a_stage_with_a_cdn_asks_the_manifest_storage(production):  # noqa: F811
    storage = loaded(production, STATIC_URL=f"{CDN}/static/")["storage"]

    assert storage["BACKEND"] == "portal.static_files.FilesAtTheCdn"


@pytest.mark.django_db(transaction=True)
def test_a_whole_page_names_nothing_but_the_cdn_and_its_policy_lets_it(client, release):
    names = ("favicon.svg", "vendor/pico.min.css", "site.css", "site.js", "copying.js")
    htmx = "django_htmx/htmx-2.min.js"
    release("one", **{name: f"hashed/{name}" for name in (*names, htmx)})
    policy = {
        name: [*sources, CDN] if name in FILES else sources
        for name, sources in portal_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
    }
    storages = {
        **portal_settings.STORAGES,
        "staticfiles": {
            "BACKEND": "portal.static_files.FilesAtTheCdn",
            "OPTIONS": {"static_url": f"{CDN}/static/"},
        },
    }
    with override_settings(STORAGES=storages, CONTENT_SECURITY_POLICY={"DIRECTIVES": policy}):
        answer = client.get("/signup/")

    named = re.findall(r'(?:src|href)="([^"]+\.(?:css|js|svg))"', answer.content.decode())
    assert len(named) >= 5
    assert {address.partition("/hashed/")[0] for address in named} == {f"{CDN}/static"}
    assert f"style-src 'self' {CDN}" in answer["Content-Security-Policy"]
