"""Staff verbs: declared once, confirmed on one page, run by a service row by row.

backoffice/staff_pages.py makes a bulk action and a button of each.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from adapters.errors import OutsideError, TryLater
from backoffice.audit import Act

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = str | Promise


class VerbRefused(Exception):
    """The verb does not apply to the row now; the text says why, to staff."""


# What a row's trouble is called. The first kind that fits counts; empty: the error's own words.
TROUBLES: Mapping[type[Exception], StrOrPromise] = {
    VerbRefused: "",
    TryLater: _("AWS does not answer. Try again in a minute."),
    OutsideError: _("AWS refused this. Tell operations, with the time of day."),
}


class VerbForm(forms.Form):
    """What every verb asks: why. A verb with further questions adds fields to it.

    With a `preview_template` the page shows what the answers would lead to, and has a button that
    shows it anew.
    """

    preview_template = ""
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Kept in the audit trail, for whoever asks later."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, rows: Sequence[Any] = ()) -> None:
        super().__init__(data)
        self.rows = rows
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def arguments(self) -> dict[str, Any]:
        """Return what the service takes besides the row and the act."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


def _always(row: Any) -> bool:
    return True


def _none(rows: Sequence[Any]) -> Iterable[StrOrPromise]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One thing that staff do to rows of one kind.

    `run(row, act, **fields)` is the service. `effects` say what will happen, one sentence each, and
    `warnings` what holds for these very rows; `done` is an ngettext_lazy sentence with %d. `fits`
    only hides the button: the service's refusal is what decides. `leads_to` names the page to go
    to, given what the service returned. A verb that `is_bulk` is a job where many rows are chosen:
    its service writes rows and asks AWS nothing, and no answer is a secret or about one row.
    """

    name: str
    label: StrOrPromise
    permission: str
    run: Callable[..., Any]
    effects: Sequence[StrOrPromise]
    done: Any
    icon: str
    form: type[VerbForm] = VerbForm
    is_danger: bool = False
    is_bulk: bool = False
    fits: Callable[[Any], bool] = _always
    warnings: Callable[[Sequence[Any]], Iterable[StrOrPromise]] = _none
    troubles: Mapping[type[Exception], StrOrPromise] = field(default_factory=lambda: TROUBLES)
    leads_to: Callable[[list[Any]], str] | None = None

    def name_trouble(self, error: Exception) -> str:
        sentence = next(words for kind, words in self.troubles.items() if isinstance(error, kind))
        return str(sentence) or str(error)


@dataclass
class Outcome:
    """What became of each row: what the service returned, or why it refused."""

    results: list[Any] = field(default_factory=list)
    refused: list[tuple[Any, str]] = field(default_factory=list)


def carry_out(verb: Verb, rows: Iterable[Any], act: Act, **arguments: Any) -> Outcome:
    """Run the verb on each row. A refused row does not keep the others from being done."""
    outcome = Outcome()
    for row in rows:
        try:
            outcome.results.append(verb.run(row, act, **arguments))
        except tuple(verb.troubles) as error:
            outcome.refused.append((row, verb.name_trouble(error)))
    return outcome
