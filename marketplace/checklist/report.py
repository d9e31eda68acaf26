"""The evidence as two files: JSON for programs, and one HTML page that loads nothing."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.template.loader import render_to_string

from marketplace.checklist.cases import Finding, Verdict


def write_report(
    folder: Path, findings: Sequence[Finding], *, subject: str, at: datetime
) -> tuple[Path, Path]:
    """Write `checklist.html` and `checklist.json` into the folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = Counter(finding.verdict for finding in findings)
    summary = {str(verdict): counts[verdict] for verdict in Verdict}
    page, data = folder / "checklist.html", folder / "checklist.json"
    cases = [finding.as_json() for finding in findings]
    said = {"subject": subject, "at": at.isoformat(), "summary": summary, "cases": cases}
    data.write_text(json.dumps(said, indent=2) + "\n")
    context = {"subject": subject, "at": at, "summary": summary, "groups": _grouped(findings)}
    page.write_text(render_to_string("marketplace/checklist.html", context))
    return page, data


def _grouped(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.case.group, []).append(finding)
    return groups
