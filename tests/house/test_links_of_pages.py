"""Every link of a page leads somewhere; every picture is shown on one."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "benchmarks/README.md", *(ROOT / "docs").rglob("*.md")]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_every_link_leads_to_a_page_and_a_heading():
    links = [(page, link) for page in PAGES for link in _inner_links(page)]

    assert len(links) > 100
    assert [(page.name, link) for page, link in links if not _leads_somewhere(page, link)] == []


def test_every_picture_is_shown_on_a_page():
    shown = {(page.parent / link).resolve() for page in PAGES for link in _inner_links(page)}

    pictures = set((ROOT / "docs/images").iterdir())

    assert pictures
    assert pictures - shown == set()


def _inner_links(page: Path) -> list[str]:
    links = LINK.findall(page.read_text())
    return [link for link in links if not re.match(r"(https?|mailto):", link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    file, _, heading = link.partition("#")
    target = (page.parent / file) if file else page
    return target.exists() and (not heading or heading in _headings(target))


def _headings(page: Path) -> set[str]:
    """As GitHub names them: small letters, hyphens for spaces, and no other punctuation."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}
