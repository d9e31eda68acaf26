"""The page on which a person gives a domain its text records, and takes them away."""

from html import escape

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from localcloud.dns_zone import ZONE

_FORM = """
<form method="post" action="/dns/">
<p><label>Name<br><input name="name" required placeholder="example.com" size="40"></label></p>
<p><label>Text<br><input name="text" required size="60"></label></p>
<p><button name="do" value="put">Add the record</button></p>
</form>
"""


def change(request: Request) -> Response:
    name, text = request.form.get("name", "").strip(), request.form.get("text", "").strip()
    if name and request.form.get("do") == "take":
        ZONE.take(name)
    elif name and text:
        ZONE.put(name, text)
    return redirect("/dns/", 303)


def body() -> str:
    rows = "".join(_row(name, texts) for name, texts in sorted(ZONE.texts.items()))
    empty = "<p>No name exists yet.</p>"
    about = "<p>What the portal is told when it asks the DNS for text records.</p>"
    return f"{about}{f'<ol>{rows}</ol>' if rows else empty}{_FORM}"


def _row(name: str, texts: list[str]) -> str:
    shown = "".join(f"<small>{escape(text)}</small>" for text in texts)
    taking = (
        f'<form method="post" action="/dns/"><input type="hidden" name="name"'
        f' value="{escape(name)}"><button name="do" value="take">Take away</button></form>'
    )
    return f"<li><strong>{escape(name)}</strong>{shown}{taking}</li>"
