"""A case: what AWS asks of a listing. A finding: what was done about it, and what was seen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

# The pages of AWS that ask, by the short names in the cases.
SOURCES = {
    "checklist": "https://docs.aws.amazon.com/marketplace/latest/userguide/"
    "aws-marketplace-integration-checklist.html",
    "guidelines": "https://docs.aws.amazon.com/marketplace/latest/userguide/saas-guidelines.html",
    "events": "https://docs.aws.amazon.com/marketplace/latest/userguide/"
    "saas-eventbridge-integration.html",
    "notifications": "https://docs.aws.amazon.com/marketplace/latest/userguide/"
    "saas-notification.html",
    "resolve": "https://docs.aws.amazon.com/marketplace/latest/APIReference/"
    "API_marketplace-metering_ResolveCustomer.html",
}


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    BY_HAND = "by hand"


class Unmet(Exception):
    """What AWS asks for was not seen; the sentence says what was expected."""


@dataclass
class Notes:
    """What a case writes down while it goes on."""

    did: list[str] = field(default_factory=list)
    saw: list[str] = field(default_factory=list)

    def do(self, sentence: str) -> None:
        self.did.append(sentence)

    def see(self, held: object, sentence: str) -> None:
        """Note what holds. Raises Unmet if it does not."""
        if not held:
            raise Unmet(sentence)
        self.saw.append(sentence)


@dataclass(frozen=True)
class Case:
    """`look` does it and sees. A case without one says how a person does it."""

    key: str
    group: str
    asks: str
    source: str
    look: Callable[[Any, Notes], None] | None = None
    by_hand: str = ""

    @property
    def source_url(self) -> str:
        return SOURCES[self.source]


@dataclass(frozen=True)
class Finding:
    case: Case
    verdict: Verdict
    did: list[str]
    saw: list[str]
    wrong: str
    at: datetime
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return {
            "case": self.case.key,
            "group": self.case.group,
            "aws_asks": self.case.asks,
            "source": self.case.source_url,
            "verdict": str(self.verdict),
            "done": self.did,
            "seen": self.saw,
            "wrong": self.wrong,
            "how": self.case.by_hand,
            "at": self.at.isoformat(),
            "seconds": round(self.seconds, 3),
        }
