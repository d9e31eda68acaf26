"""The documentation is true: it names every setting and every command, and nothing else."""

import re
from pathlib import Path

from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("portal", "marketplace", "tenants", "campaigns", "backoffice")


def test_every_setting_is_explained_and_every_explained_setting_exists():
    source = (ROOT / "portal/settings.py").read_text() + (ROOT / "portal/stages.py").read_text()
    source += (ROOT / "adapters/definitions.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    read |= set(re.findall(r'environ\.get\(\s*"([A-Z_]+)"', source))
    read |= set(re.findall(r'^    "([A-Z_]+)",$', source, re.MULTILINE))

    documented = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.M))

    assert documented == read


def test_every_command_is_explained_to_a_stranger():
    ours = {name: app for name, app in get_commands().items() if app in ROOMS}

    helps = {name: load_command_class(app, name).help for name, app in ours.items()}

    assert ours
    assert all(len(text) > 60 for text in helps.values()), helps


def test_every_command_is_in_the_operators_page():
    page = (ROOT / "docs/commands.md").read_text()

    missing = [n for n, app in get_commands().items() if app in ROOMS and f"`{n}" not in page]

    assert missing == []


def test_the_readme_names_every_make_target():
    targets = re.findall(r"^([a-z-]+):.*?##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    readme = (ROOT / "README.md").read_text()

    assert [target for target in targets if f"make {target}" not in readme] == []


def test_every_make_target_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]

    # In a sentence, or on a line of its own in a block; prose may begin a line with "make" too.
    named = {
        (page.name, target)
        for page in pages
        for block in re.findall(r"^```\n(.*?)^```$|(`make [^`]*`)", page.read_text(), re.M | re.S)
        for target in re.findall(r"^`?make ([a-z-]+)", "".join(block), re.MULTILINE)
    }

    assert len(named) > 20
    assert [(page, target) for page, target in named if target not in targets] == []


def test_every_step_of_a_deployment_is_in_its_guide_in_order():
    from infra.deploying.putting_up import steps
    from infra.deploying.stages import stage_called

    guide = (ROOT / "docs/deployment.md").read_text()

    listed = re.findall(
        r"^\| `([a-z-]+)` \|", guide.partition("## The first time")[0], re.MULTILINE
    )

    assert listed == [step.name for step in steps(stage_called("dev"))]
