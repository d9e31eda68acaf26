"""The guides are true: buttons, pages, files and pictures that they name exist."""

import re
from pathlib import Path

import pytest
from django.contrib.auth import models as staff

from docs import pictures

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
RUNBOOKS = ROOT / "docs/runbooks.md"
# What runbooks call by the name that AWS gives it.
OF_AWS = {"Concurrent executions"}
ROOMS = ("portal", "marketplace", "tenants", "campaigns", "backoffice", "localcloud", "templates")
# What the guides show, and the pages besides them.
SHOWN = [*GUIDES, ROOT / "README.md", *(ROOT / "docs").glob("*.md")]


@pytest.fixture(scope="module")
def words() -> str:
    """Everything that a page of ours may say, in one line of small letters."""
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*") if file.is_file()]
    files.append(Path(staff.__file__))
    said = [file.read_text() for file in files if file.suffix in (".py", ".html", ".txt")]
    return re.sub(r"\s+", " ", re.sub(r'"\s+f?"', "", " ".join(said))).lower()


@pytest.mark.parametrize("guide", [*GUIDES, RUNBOOKS], ids=lambda guide: guide.stem)
def test_every_page_and_button_of_a_guide_exists(guide, words):
    labels = set(re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", guide.read_text()))

    assert [label for label in labels - OF_AWS if label.lower() not in words] == []


def test_every_page_of_the_backoffice_that_a_runbook_names_is_in_the_sidebar():
    titles = set(re.findall(r'_\("([^"]+)"\)', (ROOT / "portal/navigation.py").read_text()))

    named = re.findall(
        r"\*([A-Z][^*]+)\*(?: of AWS Marketplace)?\s+in\s+the\s+backoffice", RUNBOOKS.read_text()
    )

    assert len(named) > 3
    assert set(named) - titles == set()


def test_every_file_that_a_guide_names_exists():
    named = {
        path
        for guide in GUIDES
        for path in re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.[a-z]+)?)`", guide.read_text())
    }

    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_script_takes_every_picture_and_no_other():
    taken = set(re.findall(r'shoot\(page, "([a-z-]+)"\)', Path(pictures.__file__).read_text()))

    shown = {
        Path(link).stem
        for page in SHOWN
        for link in re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", page.read_text())
    }

    assert taken == shown == {picture.stem for picture in pictures.IMAGES.glob("*.png")}
