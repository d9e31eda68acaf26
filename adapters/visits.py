"""A visitor of a web site, as a browser without scripts: pages, forms, cookies, and where they led.

For checks that walk through our own front door. Nothing of the site is imported here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests

from adapters.errors import Refused, TryLater

_SECONDS = 30
_REDIRECTS = 10


@dataclass(frozen=True)
class Page:
    """One answer. `cookies` are those that it set, by name."""

    url: str
    status: int
    text: str
    location: str
    cookies: Mapping[str, str]

    @property
    def form(self) -> "Form":
        """The first form that is posted; an empty one if the page has none."""
        parser = _Forms()
        parser.feed(self.text)
        return next((form for form in parser.forms if form.is_posted), Form())

    @property
    def words(self) -> str:
        """What a person reads on it."""
        parser = _Words()
        parser.feed(self.text)
        return " ".join(" ".join(parser.words).split())


@dataclass
class Form:
    """`fields` are those that the page fills in; `names` all that can be filled in."""

    action: str = ""
    is_posted: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)


class Visitor:
    """Keeps its cookies, and remembers every page that it saw."""

    def __init__(self) -> None:
        self.seen: list[Page] = []
        self._session = requests.Session()

    def get(self, url: str) -> Page:
        """Return the page that the address leads to. Raises TryLater if nobody answers."""
        return self._follow(self._ask("GET", url))

    def post(self, url: str, fields: Mapping[str, str]) -> Page:
        return self._follow(self._ask("POST", url, fields))

    def read_json(self, url: str) -> Any:
        """Return what the address answers as JSON. Raises TryLater or Refused."""
        page = self._ask("GET", url)
        try:
            return json.loads(page.text)
        except ValueError as error:
            raise Refused(f"{url} answered {page.status}, and no JSON") from error

    def post_from_elsewhere(self, url: str, fields: Mapping[str, str]) -> Page:
        """Post another site's form: without cookies of this one, and without going on."""
        kept = self._session.cookies.copy()
        self._session.cookies.clear()
        try:
            return self._ask("POST", url, fields)
        finally:
            self._session.cookies.update(kept)

    def send(self, page: Page, **filled: str) -> Page:
        """Fill in the form of the page and send it, hidden fields included."""
        form = page.form
        return self.post(urljoin(page.url, form.action), {**form.fields, **filled})

    def follow(self, page: Page) -> Page:
        return self._follow(page)

    def _follow(self, page: Page) -> Page:
        for _ in range(_REDIRECTS):
            if not page.location:
                break
            page = self._ask("GET", page.location)
        return page

    def _ask(self, method: str, url: str, fields: Mapping[str, str] | None = None) -> Page:
        headers = {"Referer": url} if method == "POST" else {}
        try:
            answer = self._session.request(
                method, url, data=fields, headers=headers, timeout=_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise TryLater(f"{url} does not answer") from error
        location = answer.headers.get("Location", "")
        page = Page(
            url=url,
            status=answer.status_code,
            text=answer.text,
            location=urljoin(url, location) if location else "",
            cookies={cookie.name: cookie.value or "" for cookie in answer.cookies},
        )
        self.seen.append(page)
        return page


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_posted = given.get("method", "").lower() == "post"
            self.forms.append(Form(given.get("action", ""), is_posted))
        elif tag in ("input", "select", "textarea") and self.forms and given.get("name"):
            self._add(given)

    def _add(self, given: dict[str, str]) -> None:
        form = self.forms[-1]
        form.names.append(given["name"])
        is_ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
        if given.get("value") and is_ticked:
            form.fields[given["name"]] = given["value"]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipping += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._skipping -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.words.append(data)
