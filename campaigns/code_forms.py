"""What staff say when they make codes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from adapters.errors import OutsideError
from backoffice.fields import MomentField, not_over
from backoffice.verbs import VerbForm, VerbRefused
from campaigns import rules, vanity
from campaigns.errors import CodeMisspelled
from campaigns.models import MOST_CODES, MOST_USES
from campaigns.odds import Odds, odds_of

EXAMPLE = 1000


class CodesForm(VerbForm):
    """What is asked for codes of any origin."""

    max_uses = forms.IntegerField(
        label=_("Uses per code"),
        min_value=1,
        max_value=MOST_USES,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("1: each code works for one customer. More: one code for many customers."),
    )
    expires_at = MomentField(
        label=_("Codes work until"),
        required=False,
        validators=[not_over],
        help_text=_("Empty: as long as the campaign. You can change it later."),
    )
    label = forms.CharField(
        label=_("Label"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For you, to tell batches apart: trade fair Berlin."),
    )

    def __init__(self, data: Any = None, *, rows: Any = ()) -> None:
        super().__init__(data, rows=rows)
        self.fields["max_uses"].initial = rows[0].default_max_uses if rows else 1


class GenerateForm(CodesForm):
    count = forms.IntegerField(
        label=_("How many codes"),
        min_value=1,
        max_value=MOST_CODES,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Up to a million."),
    )
    field_order = ("count",)
    preview_template = "backoffice/_code_preview.html"

    @property
    def samples(self) -> list[str]:
        """Three codes in the shape of each campaign's, which belong to nothing."""
        each = 3 if len(self.rows) == 1 else 1
        return [
            sample for row in self.rows[:3] for sample in rules.samples(row.prefix.upper(), each)
        ]

    @property
    def odds(self) -> Odds:
        """For the numbers that were typed; for a thousand codes before any were."""
        typed = getattr(self, "cleaned_data", {})
        uses = typed.get("max_uses") or self.fields["max_uses"].initial
        return odds_of(typed.get("count") or EXAMPLE, max_uses=uses)


class VanityForm(CodesForm):
    """A code of staff's choice. One that is easily guessed must be wanted expressly."""

    code = forms.CharField(
        label=_("Code"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
        help_text=_("Such as WELCOME2026. Customers may type it in any spelling, with hyphens."),
    )
    easy_is_fine = forms.BooleanField(
        label=_("Add it although it is easily guessed"),
        widget=UnfoldBooleanWidget,
        help_text=_("For so many uses it is short. Safer: a longer code, or fewer uses."),
        error_messages={"required": _("People could find this code by trying: tick if you agree.")},
    )
    field_order = ("code", "easy_is_fine")

    def __init__(self, data: Any = None, *, rows: Any = ()) -> None:
        super().__init__(data, rows=rows)
        self.fields["label"].help_text = _("For you, in lists. Empty: the code, half hidden.")
        if not self._is_easy():
            del self.fields["easy_is_fine"]

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        try:
            vanity.check_free(code)
        except VerbRefused as error:
            raise forms.ValidationError(str(error)) from error
        except OutsideError as error:
            words = _("DynamoDB does not answer. Try again in a minute.")
            raise forms.ValidationError(words) from error
        return code

    def arguments(self) -> dict[str, Any]:
        return {
            name: value for name, value in super().arguments().items() if name != "easy_is_fine"
        }

    def _is_easy(self) -> bool:
        try:
            code = rules.normalise(self.data.get("code", ""))
            uses = int(self.data.get("max_uses", ""))
        except (CodeMisspelled, ValueError):
            return False
        return vanity.is_easily_guessed(code, max_uses=uses)
