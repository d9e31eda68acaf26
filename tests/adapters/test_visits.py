"""A visitor of a web site, on a small site of this test's own."""

import json
from collections.abc import Iterator

import pytest
from werkzeug.wrappers import Request, Response

from adapters.errors import Refused, TryLater
from adapters.visits import Visitor
from localcloud.server import Server

FORM = """
<form method="get" action="/search"><input name="q"></form>
<form method="post" action="/sent?a=1">
  <input type="hidden" name="key" value="7"><input name="email">
  <input type="checkbox" name="news" value="on">
  <input type="checkbox" name="terms" checked value="yes">
  <select name="plan"></select><script>var no = "words";</script>
</form> Read <b>me</b>
"""


def site(environ, start_response):
    request = Request(environ)
    answers = {
        "/form": lambda: Response(FORM, mimetype="text/html"),
        "/in": lambda: Response(status=303, headers={"Location": "/form", "Set-Cookie": "id=1"}),
        "/round": lambda: Response(status=302, headers={"Location": "/round"}),
        "/words": lambda: Response("no JSON"),
    }
    told = {"form": dict(request.form), "cookies": dict(request.cookies), "path": request.full_path}
    answer = answers.get(request.path, lambda: Response(json.dumps(told)))()
    return answer(environ, start_response)


@pytest.fixture
def address() -> Iterator[str]:
    server = Server(site, host="127.0.0.1", port=0)
    server.start()
    yield server.address
    server.stop()


def test_a_form_is_sent_with_what_the_page_fills_in(address):
    visitor = Visitor()
    page = visitor.get(f"{address}/form")

    answer = visitor.send(page, email="alice@example.com")

    told = json.loads(answer.text)
    assert page.form.names == ["key", "email", "news", "terms", "plan"]
    assert told["path"] == "/sent?a=1"
    assert told["form"] == {"key": "7", "terms": "yes", "email": "alice@example.com"}


def test_the_words_of_a_page_are_those_that_a_person_reads(address):
    assert Visitor().get(f"{address}/form").words == "Read me"


def test_a_redirect_is_followed_and_its_cookies_are_kept(address):
    visitor = Visitor()

    page = visitor.get(f"{address}/in")

    assert page.url == f"{address}/form"
    assert [one.cookies for one in visitor.seen] == [{"id": "1"}, {}]
    assert visitor.read_json(f"{address}/other")["cookies"] == {"id": "1"}


def test_another_sites_form_brings_no_cookie_along_and_goes_nowhere(address):
    visitor = Visitor()
    visitor.get(f"{address}/in")

    answer = visitor.post_from_elsewhere(f"{address}/other", {"token": "t"})
    led_on = visitor.post_from_elsewhere(f"{address}/in", {})

    assert json.loads(answer.text)["cookies"] == {}
    assert (led_on.status, led_on.location) == (303, f"{address}/form")
    assert visitor.read_json(f"{address}/other")["cookies"] == {"id": "1"}


def test_a_site_that_leads_round_in_a_circle_is_left(address):
    assert Visitor().get(f"{address}/round").status == 302


def test_nobody_there_is_tried_later(address):
    with pytest.raises(TryLater):
        Visitor().get("http://127.0.0.1:9/")


def test_what_is_no_json_is_refused(address):
    with pytest.raises(Refused, match="answered 200, and no JSON"):
        Visitor().read_json(f"{address}/words")
