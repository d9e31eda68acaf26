"""Counting a call, however it ends: the gateway has counted it before we saw it.

So that both agree to the call, what we refuse or break is counted too, with no units. A refusal
that cannot be counted is answered all the same: it gave nothing away.
"""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from adapters.errors import OutsideError
from adapters.rights import AccessItem
from adapters.usage import Outcome, record_usage, unknown_key
from functions.callers import Event, api_key_of, request_id_of


class Meter:
    """One call. `access` is whose key it came with, as soon as that is known."""

    access: AccessItem | None = None

    def __init__(self, event: Event) -> None:
        self.request_id = self._api_key_id = ""
        # What is no call of the gateway's has no key to be counted on.
        with suppress(KeyError):
            self.request_id = request_id_of(event)
            self._api_key_id = api_key_of(event)

    def count_served(self, units: int, *, together_with: dict[str, Any] | None = None) -> None:
        """Count it, and do the other action of a transaction or neither. Raises TryLater when the
        call may not be counted: give nothing away then."""
        self._record("ok", units, together_with=together_with)

    def count_refused(self) -> None:
        self._try_to_record("refused")

    def count_failed(self, *, hurried: bool = False) -> None:
        """With `hurried`, DynamoDB gets half a second: it has just kept the caller waiting."""
        self._try_to_record("failed", hurried=hurried)

    def _try_to_record(self, outcome: Outcome, *, hurried: bool = False) -> None:
        if not self._api_key_id:
            return
        try:
            self._record(outcome, 0, hurried=hurried)
        except OutsideError as error:
            line = {"level": "warning", "function": "api", "request_id": self.request_id}
            print(json.dumps({**line, "error": f"not counted: {error}"}))

    def _record(
        self,
        outcome: Outcome,
        units: int,
        *,
        hurried: bool = False,
        together_with: dict[str, Any] | None = None,
    ) -> None:
        record_usage(
            tenant_id=self.access.tenant_id if self.access else unknown_key(self._api_key_id),
            api_key_id=self._api_key_id,
            request_id=self.request_id,
            units=units,
            billing_source=self.access.billing_source if self.access else "none",
            at=datetime.now(UTC),
            outcome=outcome,
            hurried=hurried,
            together_with=together_with,
        )
