"""Run the cases one after another. A case that fails keeps nobody from the next."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone

from adapters.errors import OutsideError
from marketplace.checklist.cases import Case, Finding, Notes, Unmet, Verdict


def run_cases(cases: Iterable[Case], scene: Any) -> Iterator[Finding]:
    """Yield what came of each case, as soon as it is known."""
    for case in cases:
        yield run_case(case, scene)


def run_case(case: Case, scene: Any) -> Finding:
    notes, started, at = Notes(), time.monotonic(), timezone.now()
    verdict, wrong = _verdict(case, scene, notes)
    return Finding(case, verdict, notes.did, notes.saw, wrong, at, time.monotonic() - started)


def broken(case: Case, error: Exception) -> Finding:
    """Return the finding of a case that could not be run to its end: a mistake of ours."""
    wrong = f"The checklist itself broke here: {type(error).__name__}: {error}"
    return Finding(case, Verdict.FAILED, [], [], wrong, timezone.now(), 0)


def _verdict(case: Case, scene: Any, notes: Notes) -> tuple[Verdict, str]:
    if case.look is None:
        return Verdict.BY_HAND, ""
    try:
        case.look(scene, notes)
    except Unmet as error:
        return Verdict.FAILED, f"Not so: {error}"
    except OutsideError as error:
        return Verdict.FAILED, f"{type(error).__name__}: {error}"
    return Verdict.PASSED, ""
