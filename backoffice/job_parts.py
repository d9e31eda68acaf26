"""What the page of a job shows besides, for kinds of work that rooms above do."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from backoffice.models import Job

# Returns what the template named `part` needs, or nothing for whom may not see it.
Show = Callable[[HttpRequest, Job], dict[str, Any]]

_parts: dict[str, Show] = {}


def offer(kind: str, show: Show) -> None:
    _parts[kind] = show


def part_of(request: HttpRequest, job: Job) -> dict[str, Any]:
    return _parts[job.kind](request, job) if job.kind in _parts else {}
