"""Where moto answers otherwise than AWS: functions that stand in for its methods."""

from collections.abc import Callable
from functools import wraps
from typing import Any

Function = Callable[..., Any]


class Corrections:
    """A set of stand-ins, installed together and once per process."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Any, str, Function]] = []

    def of(self, owner: Any, method: str = "") -> Callable[[Function], Function]:
        """Let the decorated function stand in for the owner's method, by default of its own name.

        It is given the stock method first, or None where moto has none, then the
        arguments of the call.
        """

        def keep(function: Function) -> Function:
            self._waiting.append((owner, method or function.__name__, function))
            return function

        return keep

    def install(self) -> None:
        while self._waiting:
            owner, name, function = self._waiting.pop()
            setattr(owner, name, _standing_in(getattr(owner, name, None), function))


def _standing_in(stock: Function | None, function: Function) -> Function:
    @wraps(stock or function)
    def method(*args: Any, **kwargs: Any) -> Any:
        return function(stock, *args, **kwargs)

    return method
