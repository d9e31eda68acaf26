"""QR codes of links, as pictures that stay sharp on a business card and on a wall. No Django."""

import io


class LinkTooLong(Exception):
    """No QR code holds so much."""


def qr_code(link: str) -> bytes:
    """Return the QR code of the link as an SVG, black on white also where the page is dark.

    A seventh of it may be dirty or torn off (level M), and its border is the quiet zone that
    readers need. Raises LinkTooLong beyond about 2,300 letters.
    """
    import segno  # takes a moment that no other request should wait for

    try:
        code = segno.make_qr(link, error="m")
    except segno.DataOverflowError as error:
        raise LinkTooLong from error
    picture = io.BytesIO()
    code.save(picture, kind="svg", scale=10, border=4, light="#ffffff")
    return picture.getvalue()
