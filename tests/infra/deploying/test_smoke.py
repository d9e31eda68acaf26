"""The smoke test sees what does not answer as it should."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from infra import smoke_customers, stage_contents
from infra.deploying import handover, portal, sam, smoke, static_files
from infra.deploying.stopping import Stopped

WELL = {
    "/healthz": (200, '{"status": "ok"}'),
    "/readyz": (200, '{"status": "ok", "checks": {}}'),
    "/signup/": (200, '<input name="accept_terms">'),
    "/api/v1/openapi.json": (200, '{"openapi": "3.1.0"}'),
    "/api/v1/me": (401, "{}"),
}


@pytest.fixture
def site():
    """A stage's pages on loopback, by path."""
    pages = dict(WELL)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body, *headers = pages.get(self.path, (404, ""))
            self.send_response(status)
            for name, value in (headers[0] if headers else {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield pages, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def pages(site, monkeypatch, cloud):
    found, url = site
    settings = {"PORTAL_URL": url, "API_URL": f"{url}/api"}
    monkeypatch.setattr(portal, "settings_of", lambda stage: settings)
    outputs = {"ClientId": cloud.addresses.client_id}
    monkeypatch.setattr(sam, "outputs", lambda *_: outputs)
    return found


def test_a_stage_that_works_passes_and_what_was_not_tried_is_said(stage, pages):
    assert "NOT TRIED: token and API call" in smoke.test(stage, has_api=True)
    assert "NOT TRIED: readiness" in smoke.test(stage, has_api=False)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/healthz", (500, "")),
        ("/readyz", (503, '{"status": "not ready"}')),
        ("/signup/", (200, "another page")),
        ("/signup/", (302, "")),
        ("/api/v1/openapi.json", (500, "")),
        ("/api/v1/me", (200, "{}")),
    ],
)
def test_whatever_does_not_answer_as_it_should_stops_it(stage, pages, path, answer):
    pages[path] = answer

    with pytest.raises(Stopped, match=path):
        smoke.test(stage, has_api=True)


@pytest.mark.parametrize("kept", ["{username: smoke}", '{"username": "smoke"}', '"secret"'])
def test_a_smoke_customer_that_cannot_be_read_is_named_and_not_shown(stage, pages, kept):
    handover.write(stage, "smoke_customer", kept)

    with pytest.raises(Stopped, match=f"/gatehouse/{stage.name}/smoke_customer") as stopped:
        smoke.test(stage, has_api=True)

    assert '"username": "…", "password": "…", "api_key": "…"' in str(stopped.value)
    assert "secret" not in str(stopped.value)


@pytest.fixture
def whole(pages, site, monkeypatch):
    """A stage with a CDN and a host for staff; all of it is one server here."""
    url = site[1]
    settings = {"PORTAL_URL": url, "API_URL": f"{url}/api", "STAFF_URL": f"{url}/staff"}
    monkeypatch.setattr(portal, "settings_of", lambda stage: settings)
    monkeypatch.setattr(static_files, "address", lambda stage: f"{url}/static/")
    style = f'<link href="{url}/static/site.1a.css"><input name="accept_terms">'
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": static_files.CACHE}
    pages["/signup/"] = (200, style)
    pages["/static/site.1a.css"] = (200, "body{}", headers)
    pages["/staff/admin/login/"] = (200, "")
    return pages


def test_static_files_and_both_host_names_are_asked(stage, whole):
    assert "sign-up page, static files, two hosts," in smoke.test(stage, has_api=True)


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        ("/signup/", (200, '<link href="/static/site.css">accept_terms'), "names no style at"),
        ("/static/site.1a.css", (403, ""), "answers 403"),
        ("/static/site.1a.css", (200, ""), "lets no other origin"),
        ("/staff/admin/login/", (404, ""), "not 200"),
        ("/staff/signup/", (200, ""), "not 404"),
        ("/admin/login/", (200, ""), "not 404"),
    ],
)
def test_a_cdn_or_a_host_that_is_wrong_stops_it(stage, whole, path, answer, words):
    whole[path] = answer

    with pytest.raises(Stopped, match=words):
        smoke.test(stage, has_api=True)


def test_a_pool_that_there_is_not_stops_it(stage, pages, monkeypatch):
    monkeypatch.setattr(sam, "outputs", lambda *_: {"ClientId": "none"})

    with pytest.raises(Stopped, match="user pool"):
        smoke.test(stage, has_api=True)


@pytest.fixture
def local(make_stage, pages, site, cloud, monkeypatch):
    """The local cloud's own stage, with its real sign-in and its real API."""
    settings = {"PORTAL_URL": site[1], "API_URL": cloud.addresses.api}
    monkeypatch.setattr(portal, "settings_of", lambda stage: settings)
    smoke_customers.make("local")
    yield make_stage("local")
    smoke_customers.remove("local")


def test_a_customer_of_its_own_signs_in_and_calls_the_api(local):
    assert smoke.test(local, has_api=True).endswith("token, API call")


def test_a_customer_without_a_key_that_works_stops_it(local):
    for key in stage_contents.client("apigateway").get_api_keys()["items"]:
        stage_contents.client("apigateway").update_api_key(
            apiKey=key["id"],
            patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}],
        )

    with pytest.raises(Stopped, match="/v1/me answers 403"):
        smoke.test(local, has_api=True)


def test_what_is_in_an_account_is_counted_by_kind(cloud):
    counted = stage_contents.counted()
    expected = {"tables", "queues", "buckets", "roles", "functions", "stacks", "APIs", "user pools"}
    smoke_customers.make("local")

    after = stage_contents.counted()
    smoke_customers.remove("local")

    assert expected <= {kind for kind, number in counted.items() if number}
    assert (after["API keys"], after["parameters"]) == (
        counted["API keys"] + 1,
        counted["parameters"] + 1,
    )
    assert stage_contents.counted() == counted
