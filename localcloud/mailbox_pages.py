"""The mailbox as a person reads it, and as a program does; and the page of the DNS."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from localcloud import dns_pages, mail_returns
from localcloud.mail_returns import Sent
from localcloud.mailbox import MAILBOX

_ADDRESSES = Map(
    [
        Rule("/", endpoint="list"),
        Rule("/dns/", endpoint="dns", methods=["GET"]),
        Rule("/dns/", endpoint="change dns", methods=["POST"]),
        Rule("/mails.json", endpoint="json"),
        Rule("/mails/<int:number>", endpoint="mail", methods=["GET"]),
        Rule("/mails/<int:number>/<what>", endpoint="return", methods=["POST"]),
    ]
)

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
a { color: LinkText; }
ol { list-style: none; padding: 0; }
li { border-top: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); padding: .75rem 0; }
small { display: block; overflow-wrap: anywhere; }
pre { overflow-wrap: anywhere; white-space: pre-wrap; }
form { display: inline-block; margin: .25rem .5rem .25rem 0; }
input { box-sizing: border-box; font: inherit; max-width: 100%; padding: .5rem; }
button { font: inherit; min-height: 2.75rem; padding: .5rem 1rem; }
iframe { background: white; border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas);
  box-sizing: border-box; height: 60vh; width: 100%; }
"""

# What a person may let happen to a mail, as its reader or as the server of its reader.
_RETURNS: dict[str, tuple[str, str, Callable[[Sent], None]]] = {
    "bounce": ("Bounce it", "It bounced: there is no such address.", mail_returns.bounce),
    "full": (
        "Mailbox full",
        "It came back: the mailbox is full.",
        lambda sent: mail_returns.bounce(sent, "Transient", "MailboxFull", said=""),
    ),
    "delay": ("Delay it", "SES goes on trying.", mail_returns.delay),
    "complain": ("Complain", "Its reader marked it as unwanted.", mail_returns.complain),
}

_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")

# The page runs nothing and loads nothing; a mail's HTML runs nothing either. Its links open in a
# window of their own, which is as free as any other: the portal lets nobody put it into a frame.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; "
    "form-action 'self'"
)


def mailbox_pages(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The WSGI application."""
    request = Request(environ)
    try:
        endpoint, values = _ADDRESSES.bind_to_environ(environ).match()
        response = _VIEWS[endpoint](request, **values)
    except HTTPException as error:
        response = Response(error.description or "", error.code)
    return response(environ, start_response)


def _json(request: Request) -> Response:
    mails = MAILBOX.mails(request.args.get("to"))
    return Response(json.dumps(mails), mimetype="application/json")


def _list(_: Request) -> Response:
    mails = MAILBOX.mails()
    rows = [
        f'<li><a href="/mails/{len(mails) - place}">{escape(mail["subject"]) or "No subject"}</a>'
        f"<small>To {escape(mail['to'])}, {_moment(mail)}</small></li>"
        for place, mail in enumerate(mails)
    ]
    empty = "<p>No mail yet. Every mail that the portal sends arrives here.</p>"
    return _page("Mailbox", f"<ol>{''.join(rows)}</ol>" if rows else empty)


def _dns(_: Request) -> Response:
    return _page("DNS", dns_pages.body())


def _mail(request: Request, number: int) -> Response:
    mails = list(reversed(MAILBOX.mails()))
    if not 1 <= number <= len(mails):
        raise NotFound
    mail = mails[number - 1]
    source = escape('<base target="_blank">' + mail["html"])
    html = (
        '<h2>As HTML</h2><iframe sandbox="allow-popups allow-popups-to-escape-sandbox" '
        f'title="The mail as HTML" srcdoc="{source}"></iframe>'
    )
    return _page(
        mail["subject"] or "No subject",
        f'<p><a href="/">All mails</a></p><small>To {escape(mail["to"])}</small>'
        f"<small>{_moment(mail)}</small><h2>As text</h2>"
        f"<pre>{_with_links(mail['text'])}</pre>{html if mail['html'] else ''}"
        f"{_buttons(number, request.args.get('told', ''))}",
    )


def _moment(mail: dict[str, str]) -> str:
    return f"{datetime.fromisoformat(mail['sent_at']).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _with_links(text: str) -> str:
    """The text for a page, with its addresses as links that open in a window of their own."""
    pieces, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = escape(found[0])
        pieces += [
            escape(text[end : found.start()]),
            f'<a href="{address}" target="_blank" rel="noopener">{address}</a>',
        ]
        end = found.end()
    return "".join([*pieces, escape(text[end:])])


def _return(_: Request, number: int, what: str) -> Response:
    """Let it happen; the portal hears of it with its next sweep."""
    if not 1 <= number <= len(MAILBOX.mails()) or what not in _RETURNS:
        raise NotFound
    _label, _told, happen = _RETURNS[what]
    happen(MAILBOX.sent(number))
    return redirect(f"/mails/{number}?told={what}", 303)


def _buttons(number: int, told: str) -> str:
    """A mail that was delivered may come back all the same."""
    said = ""
    if told in _RETURNS:
        words = f"<strong>{_RETURNS[told][1]}</strong> The portal hears of it soon."
        said = f'<p role="status">{words}</p>'
    forms = "".join(
        f'<form method="post" action="/mails/{number}/{what}"><button>{label}</button></form>'
        for what, (label, _told, _happen) in _RETURNS.items()
    )
    asked = "<p>It was delivered. Let something else happen to it:</p>"
    return f"<h2>What becomes of it</h2>{said}{asked}{forms}"


def _page(title: str, body: str) -> Response:
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
    headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}
    return Response(page, mimetype="text/html", headers=headers)


_VIEWS: dict[str, Callable[..., Response]] = {
    "change dns": dns_pages.change,
    "dns": _dns,
    "json": _json,
    "list": _list,
    "mail": _mail,
    "return": _return,
}
