"""Columns of staff lists and pages that a method fills."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from django.utils.formats import date_format
from django.utils.timezone import localtime

Show = TypeVar("Show", bound=Callable[..., Any])


class State(tuple[Any, Any]):
    """A state and its words. A row's own page has no colours and shows it as text: the words."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(self[1])


def column(
    title: Any, *, colours: Mapping[Any, str] | None = None, empty: str = "–"
) -> Callable[[Show], Show]:
    """Name a method that shows one fact of a row.

    With `colours` it returns a state and its words, and is shown as words on that state's colour:
    success, info, warning or danger.
    """
    looks = {"short_description": title, "empty_value_display": empty}

    def named(show: Show) -> Show:
        if colours:
            show = _showing_state(show)
            vars(show)["label"] = dict(colours)
        vars(show).update(looks)
        return show

    return named


def _showing_state(show: Show) -> Show:
    @wraps(show)
    def state(*arguments: Any) -> State:
        return State(show(*arguments))

    return cast(Show, state)


def moment(name: str, title: Any, *, to: str = "minute") -> Any:
    """Return a column that shows a time of the row, to the `minute` or `second`, with its zone."""
    shape = {"minute": "Y-m-d H:i e", "second": "Y-m-d H:i:s e"}[to]

    @column(title)
    def show(row: Any) -> str | None:
        at: datetime | None = getattr(row, name)
        return date_format(localtime(at), shape) if at else None

    show.__name__ = f"{name}_moment"
    return show


def text(name: str, title: Any) -> Any:
    """Return a column that shows a word of the row as it is, under the name that people give it."""

    @column(title)
    def show(row: Any) -> str | None:
        return str(getattr(row, name)) or None

    show.__name__ = f"{name}_text"
    return show
