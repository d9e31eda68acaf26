"""What every page must be, wide and narrow, light and dark."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS: list[tuple[int, Any]] = [(w, scheme) for w in (390, 1280) for scheme in ("light", "dark")]
# Narrower than any telephone, and what 400 % zoom leaves of a common screen.
NARROWEST = 320


def hold_to_the_rules(page: Page) -> None:
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        paint(page, scheme)
        where = f"{page.url} at {width} px, {scheme}"
        assert violations(page) == [], where
        assert too_wide(page) == 0, where
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    assert too_wide(page) == 0, f"{page.url} at {NARROWEST} px"


def paint(page: Page, scheme: Any) -> None:
    """Show the page in this scheme. The backoffice's theme asks for it only when it is loaded."""
    page.emulate_media(color_scheme=scheme)
    page.locator("html").evaluate(
        "(root, dark) => root.classList.toggle('dark', dark)", scheme == "dark"
    )


def violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page, options={"runOnly": LEVELS}).response["violations"]
    return [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]


def too_wide(page: Page) -> int:
    root = page.locator("html")
    return int(root.evaluate("root => root.scrollWidth - root.clientWidth"))
