"""How much of an invocation's time is left: Lambda ends it without a word when none is."""

from typing import Protocol

# Enough to count the call and to answer, also while DynamoDB is slow.
NEEDED_IN_THE_END_MILLIS = 3_000


class Context(Protocol):
    """What we need of what Lambda tells a handler about its own invocation."""

    def get_remaining_time_in_millis(self) -> int: ...


class Clock:
    """Says when to give up. It never decides what an answer is, only whether there is one."""

    def __init__(self, context: Context | None) -> None:
        self._context = context

    def is_nearly_over(self) -> bool:
        if self._context is None:
            return False
        return self._context.get_remaining_time_in_millis() < NEEDED_IN_THE_END_MILLIS
