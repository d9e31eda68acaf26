"""The notices on their way to the seller's queue: at once, later, several times, or never."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.sqs.models import sqs_backends

from adapters.definitions import name_of
from localcloud.marketplace.clock import Clock
from localcloud.place import ACCOUNT, REGION


class NoticeUnknown(Exception):
    """The sentence says which."""


@dataclass
class Notice:
    """`sent` counts the copies. What waits goes out when it is due; what is held, when told to."""

    number: int
    kind: str
    agreement_id: str
    at: datetime
    body: str
    due_at: datetime | None = None
    sent: int = 0
    is_held: bool = False
    is_dropped: bool = False

    @property
    def is_waiting(self) -> bool:
        return not self.sent and not self.is_dropped

    def is_due(self, now: datetime) -> bool:
        return self.is_waiting and not self.is_held and (self.due_at or now) <= now


@dataclass
class Notices:
    clock: Clock
    # While it holds, every new notice waits to be delivered.
    holds: bool = False
    notices: list[Notice] = field(default_factory=list)

    def add(
        self, kind: str, body: Any, *, agreement_id: str, at: datetime, due_at: datetime | None
    ) -> Notice:
        """Keep a notice, and send it at once unless it is due later, or notices are held."""
        text = body if isinstance(body, str) else json.dumps(body)
        number = len(self.notices) + 1
        notice = Notice(number, kind, agreement_id, at, text, due_at, is_held=self.holds)
        self.notices.append(notice)
        self.send_due()
        return notice

    def waiting(self) -> list[Notice]:
        return [notice for notice in self.notices if notice.is_waiting]

    def deliver(
        self,
        notice: Notice | int,
        *,
        copies: int = 1,
        after: timedelta | None = None,
        hold: bool = False,
    ) -> Notice:
        """Send so many copies, again if need be; or let it wait for a time, or until it is told."""
        one = self._noted(notice)
        one.is_dropped, one.is_held = False, hold
        if after is not None or hold:
            one.sent = 0
            one.due_at = self.clock.now() + (after or timedelta())
            return one
        for _ in range(copies):
            _send(one.body)
        one.sent += copies
        return one

    def deliver_all(self, order: list[Notice] | None = None, *, copies: int = 1) -> None:
        """Send all that wait, in this order or in their own."""
        for notice in order if order is not None else self.waiting():
            self.deliver(notice, copies=copies)

    def drop(self, notice: Notice | int) -> Notice:
        """Let it get lost on its way."""
        one = self._noted(notice)
        one.is_dropped = True
        return one

    def send_due(self) -> None:
        now = self.clock.now()
        for notice in [one for one in self.notices if one.is_due(now)]:
            self.deliver(notice)

    @contextmanager
    def held(self) -> Iterator[list[Notice]]:
        """Hold what comes up within the block, and fill the list with it at the end."""
        before, came_up = len(self.notices), list[Notice]()
        held_already, self.holds = self.holds, True
        try:
            yield came_up
        finally:
            self.holds = held_already
            came_up.extend(self.notices[before:])

    def _noted(self, notice: Notice | int) -> Notice:
        """Raises NoticeUnknown."""
        if isinstance(notice, Notice):
            return notice
        if not 1 <= notice <= len(self.notices):
            raise NoticeUnknown(f"There is no notice {notice}.")
        return self.notices[notice - 1]

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {**asdict(notice), "is_waiting": notice.is_waiting} for notice in reversed(self.notices)
        ]

    def clear(self) -> None:
        self.notices.clear()
        self.holds = False


def _send(body: str) -> None:
    """Put it into the queue as EventBridge or SNS does it. Only AWS may name a source `aws.…`, so
    no event bus is in between."""
    sqs_backends[ACCOUNT][REGION].send_message(name_of("notices"), body)
